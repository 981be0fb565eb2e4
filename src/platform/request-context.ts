import { AsyncLocalStorage } from 'node:async_hooks';

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
export interface RequestCookies {
  /** `path` is the one that the cookie was written with. */
  read(name: string, path?: string): string | undefined;
  write(cookie: RequestCookie): void;
}

/** What is known of the request being served, without passing it through every call. */
export interface RequestContext {
  readonly requestId: string;
  /** The caller's address, after trusted proxies were taken into account. */
  readonly ip: string;
  /** What limits count: the address, or for IPv6 the /64 that one host owns. */
  readonly network: string;
  readonly userAgent: string;
  readonly cookies: RequestCookies;
  /** Random identifier of this browser, from a cookie of our own. */
  deviceId: string | null;
  locale: string;
  /** Values found once within this request. */
  readonly memo: Map<string, unknown>;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The request being served, or nothing in jobs, commands and start-up. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `work`, and everything it awaits, with `context` as the current request. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}
