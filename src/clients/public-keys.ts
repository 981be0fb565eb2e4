import crypto from 'node:crypto';

import type { PublicKeySet } from './client.ts';

const MAX_KEYS = 10;
const LEAST_RSA_BITS = 2048;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** What is wrong with the keys an app wants to sign with (RFC 7517): an error code, or `null`. */
export function keySetProblem(jwks: PublicKeySet): string | null {
  const { keys } = jwks;
  if (!Array.isArray(keys) || keys.length === 0) return 'jwks_empty';
  if (keys.length > MAX_KEYS) return 'jwks_too_many';
  const ids = keys.map((key) => key['kid']);
  if (
    keys.length > 1 &&
    (ids.some((id) => typeof id !== 'string') || new Set(ids).size < ids.length)
  ) {
    return 'jwks_kid_missing';
  }
  for (const key of keys) {
    const problem = keyProblem(key);
    if (problem !== null) return problem;
  }
  return null;
}

function keyProblem(key: Readonly<Record<string, unknown>>): string | null {
  if (PRIVATE_MEMBERS.some((member) => member in key)) return 'jwks_private';
  if (key['use'] !== undefined && key['use'] !== 'sig') return 'jwks_invalid';
  try {
    const publicKey = crypto.createPublicKey({ key, format: 'jwk' });
    const bits = publicKey.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < LEAST_RSA_BITS ? 'jwks_weak' : null;
  } catch {
    return 'jwks_invalid';
  }
}
