import { AsyncLocalStorage } from 'node:async_hooks';

import { FALLBACK_LOCALE, type Locale } from './languages.ts';

/** A cookie for the browser that sent the request. */
export interface RequestCookie {
  /** Without prefix. */
  readonly name: string;
  readonly value: string;
  /** The only path it is sent to, and those below. Default: the whole site. */
  readonly path?: string;
  /** 0 deletes it. Default: until the browser closes. */
  readonly maxAgeSeconds?: number;
}

/** The cookies of the request being served, and those of its answer. */
interface RequestCookies {
  /** `path` is the one that the cookie was written with. */
  read(name: string, path?: string): string | undefined;
  write(cookie: RequestCookie): void;
}

/** The request that is being served, without passing it through every call. */
export interface RequestContext {
  readonly requestId: string;
  /** The caller's address, after trusted proxies were taken into account. */
  readonly ip: string;
  /** The unit of limits: the address, or for IPv6 the /64 that one host owns. */
  readonly network: string;
  readonly userAgent: string;
  readonly cookies: RequestCookies;
  /** Random identifier of this browser, from a cookie of our own. */
  deviceId: string | null;
  locale: string;
  /** Values that are looked up once per request; see {@link serveInRequest}. */
  readonly memo: Map<string, unknown>;
  /** The reason of a failure, for the log line of the request. */
  failure: RequestFailure | null;
  /** True after the log line of this request was written; a later failure needs a separate line. */
  isAnswered: boolean;
}

/** A failure in the log line of its request. */
export interface RequestFailure {
  readonly level: 'info' | 'warn' | 'error';
  /** Codes and reasons; an error as `err`. No content of the request. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The request being served, or nothing in jobs, commands and start-up. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** The language of the request being served; English in jobs, commands and start-up. */
export function currentLocale(): Locale {
  return currentRequest()?.locale ?? FALLBACK_LOCALE;
}

/**
 * Notes why the current request failed: one line of the log describes a request and its failure. A more severe failure
 * replaces one that was noted before.
 * @returns false outside of a request, and after its line was written: the caller has to log the failure.
 */
export function noteFailure(failure: RequestFailure): boolean {
  const request = currentRequest();
  if (request === undefined || request.isAnswered) return false;
  const known = request.failure;
  if (known === null || SEVERITY[failure.level] > SEVERITY[known.level]) request.failure = failure;
  return true;
}

const SEVERITY: Readonly<Record<RequestFailure['level'], number>> = { info: 1, warn: 2, error: 3 };

/**
 * The answer sets no cookies, because the records that they name were not stored. Cookies that another request of the same browser has
 * just received stay valid.
 */
export function discardCookies(): void {
  currentRequest()?.memo.set(DISCARDED, true);
}

/** Was {@link discardCookies} called in this request? */
export function areCookiesDiscarded({ memo }: RequestContext): boolean {
  return memo.has(DISCARDED);
}

const DISCARDED = 'cookies of the answer are discarded';

/** Serves a whole request with {@link runInRequest}. Its memo, which can hold personal values, is cleared at the end. */
export async function serveInRequest<T>(
  context: RequestContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await runInRequest(context, work);
  } finally {
    context.memo.clear();
  }
}

/** Runs `work`, and everything it awaits, with `context` as the current request. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}
