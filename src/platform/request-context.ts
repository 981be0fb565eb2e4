import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the request being served, without passing it through every call. */
export interface RequestContext {
  readonly requestId: string;
  /** The caller's address, after trusted proxies were taken into account. */
  readonly ip: string;
  /** What limits count: the address, or for IPv6 the /64 that one host owns. */
  readonly network: string;
  readonly userAgent: string;
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
