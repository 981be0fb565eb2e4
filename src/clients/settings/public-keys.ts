import crypto from 'node:crypto';

import type { PublicKeySet } from '../client.ts';

/** With which algorithms apps may sign (RFC 7518 §3.1, RFC 8037 §3.1). */
export const CLIENT_SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;

const KIND_OF: Readonly<
  Record<
    (typeof CLIENT_SIGNING_ALGORITHMS)[number],
    { readonly kty: string; readonly crv?: string }
  >
> = {
  ES256: { kty: 'EC', crv: 'P-256' },
  RS256: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
};

const TEXT_MEMBERS = ['kid', 'alg', 'use'];
const MAX_KEYS = 10;
const LEAST_RSA_BITS = 2048;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** The error code for the public keys of an app (RFC 7517), or `null` when they are valid. */
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

type Jwk = Readonly<Record<string, unknown>>;

function keyProblem(key: Jwk): string | null {
  if (PRIVATE_MEMBERS.some((member) => member in key)) return 'jwks_private';
  if (TEXT_MEMBERS.some((member) => !isTextOrAbsent(key[member]))) return 'jwks_invalid';
  if (key['use'] !== undefined && key['use'] !== 'sig') return 'jwks_invalid';
  if (key['kty'] === 'oct') return 'jwks_invalid';
  const problem = materialProblem(key);
  if (problem !== null) return problem;
  return isForVerifying(key['key_ops']) && fitsAnAlgorithm(key) ? null : 'jwks_unusable';
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value !== '');
}

/** `key_ops` of RFC 7517 §4.3. */
function isForVerifying(operations: unknown): boolean {
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/** The library picks a key by exactly these members when it checks a signature. */
function fitsAnAlgorithm({ kty, crv, alg }: Jwk): boolean {
  return CLIENT_SIGNING_ALGORITHMS.some((name) => {
    const kind = KIND_OF[name];
    return kind.kty === kty && (kind.crv ?? crv) === crv && (alg ?? name) === name;
  });
}

function materialProblem(key: Jwk): string | null {
  try {
    const publicKey = crypto.createPublicKey({ key, format: 'jwk' });
    const bits = publicKey.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < LEAST_RSA_BITS ? 'jwks_weak' : null;
  } catch {
    return 'jwks_invalid';
  }
}
