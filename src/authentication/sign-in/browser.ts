import { fingerprint } from '../../platform/keys/encryption.ts';

/** Where a request comes from: the browser's own identifier; null for programs and for browsers that keep no cookies. */
export interface FromBrowser {
  readonly deviceId?: string | null;
}

/** A browser as it is stored. */
export function browserOf({ deviceId }: FromBrowser): Buffer | null {
  return deviceId == null ? null : fingerprint(deviceId);
}

/** A browser as a sealed ticket names it. */
export function browserText(from: FromBrowser): string | null {
  return browserOf(from)?.toString('base64url') ?? null;
}

/** Does a ticket belong to this browser? One that was given to a program belongs to every caller. */
export function isForBrowser(text: string | null, from: FromBrowser): boolean {
  return text === null || isRequester(Buffer.from(text, 'base64url'), from);
}

/** Is a code used in another browser than the one that requested it? False for a code that a program requested. */
export function isElsewhere(requester: Buffer | null, from: FromBrowser): boolean {
  return requester !== null && !isRequester(requester, from);
}

/** Is it the browser that requested the code or link? Never for a request without a browser, even when the code was requested without one. */
export function isRequester(requester: Buffer | null, from: FromBrowser): boolean {
  const browser = browserOf(from);
  return requester !== null && browser !== null && requester.equals(browser);
}
