import type { IncomingMessage } from 'node:http';

import type { CookieSignatures } from '../cookie-signatures.ts';

/** A cookie of the library, with its signature by the key in use. */
export interface SignedCookie {
  readonly name: string;
  readonly value: string;
  readonly signature: string;
}

const PLAIN = /^[\w-]+$/;

/** Finds one signed cookie of a request. Null without it, and for one that was signed with an earlier key. */
export function createSignedCookieReader(name: string, signatures: CookieSignatures) {
  // The patterns of the package `cookies`: of several values the first counts.
  const [ofValue, ofSignature] = [name, `${name}.sig`].map(
    (one) => new RegExp(`(?:^|;) *${one.replace('.', String.raw`\.`)}=([^;]*)`),
  ) as [RegExp, RegExp];
  return ({ headers: { cookie = '' } }: IncomingMessage): SignedCookie | null => {
    const value = ofValue.exec(cookie)?.[1] ?? '';
    const signature = ofSignature.exec(cookie)?.[1] ?? '';
    if (!PLAIN.test(value) || !PLAIN.test(signature)) return null;
    return signatures.index(`${name}=${value}`, signature) === 0
      ? { name, value, signature }
      : null;
  };
}
