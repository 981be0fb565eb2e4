import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/**
 * Signs and verifies the cookies of the library in the format of `keygrip` (HMAC-SHA1, base64url). That package computes three
 * HMACs for a verification and is set up again for each request; this takes one HMAC for each key. The first key signs.
 */
export function createCookieSignatures(secrets: readonly string[]) {
  const keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  const signatures = keys.map(
    (key) => (data: string) => createHmac('sha1', key).update(data).digest('base64url'),
  );
  const [sign] = signatures;
  if (sign === undefined) throw new Error('signed cookies need at least one secret');
  /** The position of the key that made the signature; -1: none of them. */
  const index = (data: string, signature: string): number =>
    signatures.findIndex((signWith) => isEqual(signWith(data), signature));
  return {
    sign,
    index,
    verify: (data: string, signature: string): boolean => index(data, signature) >= 0,
  };
}

export type CookieSignatures = ReturnType<typeof createCookieSignatures>;

function isEqual(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}
