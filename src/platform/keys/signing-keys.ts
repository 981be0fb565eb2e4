import { createHash, generateKeyPairSync, type KeyObject, type webcrypto } from 'node:crypto';

import { AppError } from '../app-error.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { Clock } from '../clock.ts';
import type { Sealer } from './encryption.ts';
import type { Database } from '../postgres/postgres.ts';
import {
  createSigningKeyStore,
  type SigningKeyStatus,
  type SigningKeyStore,
  type StoredSigningKey,
} from './signing-key-store.ts';

type JsonWebKey = webcrypto.JsonWebKey;

/** A JSON Web Key (RFC 7517) as the library takes it; a key that only verifies has no private part. */
export type SigningJwk = JsonWebKey & {
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
};

export interface SigningKeyDeps {
  readonly db: Database;
  readonly feed: Pick<ChangeFeed, 'publish'>;
  readonly masterSealer: Sealer;
  readonly clock: Clock;
}

/**
 * The algorithms every installation has a key for. ES256 signs statements and JWT access tokens; an app chooses among all for its ID
 * tokens.
 */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/**
 * The keys of this installation, created at the first start; of several nodes that start together one creates them.
 * They leave the database only into the memory of a server that has the master key.
 * @throws AppError `signing_keys_missing` when there were keys before and there are none.
 */
export async function ensureSigningKeys(deps: SigningKeyDeps): Promise<SigningJwk[]> {
  const known = await createSigningKeyStore(deps.db).list();
  if (hasEveryAlgorithm(known)) return openAll(deps.masterSealer, known);
  return deps.db.transaction(async (tx) => {
    const store = createSigningKeyStore(tx);
    await store.lock();
    const present = await store.list();
    if (present.length === 0) await requireFirst(store);
    const missing = SIGNING_ALGORITHMS.filter(
      (alg) => !present.some((key) => key.alg === alg && key.status === 'current'),
    );
    for (const alg of missing) await addSigningKey(deps, store, { alg, status: 'current' });
    // Nodes that run already publish the keys of an algorithm that a new version adds.
    if (present.length > 0 && missing.length > 0) {
      await deps.feed.publish(tx, 'signing-keys', missing.join(' '));
    }
    return openAll(deps.masterSealer, await store.list());
  });
}

/**
 * A database that had keys and has none is damaged or incompletely restored. New keys would invalidate every earlier
 * signature.
 */
async function requireFirst(store: SigningKeyStore): Promise<void> {
  if (await store.noteFirst()) return;
  throw new AppError('unavailable', 'signing_keys_missing', {
    retryAfterSeconds: 5,
    detail: 'The signing keys are missing from the database, and it is not a new one.',
  });
}

function hasEveryAlgorithm(keys: readonly { alg: string; status: string }[]): boolean {
  return SIGNING_ALGORITHMS.every((alg) =>
    keys.some((key) => key.alg === alg && key.status === 'current'),
  );
}

/** Makes a key and stores it. @returns its id. */
export async function addSigningKey(
  deps: Pick<SigningKeyDeps, 'masterSealer' | 'clock'>,
  store: SigningKeyStore,
  { alg, status }: { readonly alg: SigningAlgorithm; readonly status: SigningKeyStatus },
): Promise<string> {
  const jwk = generate(alg);
  await store.insert({
    kid: jwk.kid,
    alg,
    status,
    publicJwk: withoutPrivateParts(jwk),
    sealedPrivateJwk: deps.masterSealer.seal(JSON.stringify(jwk), signingKeyContext(jwk.kid)),
    createdAt: deps.clock.now(),
    retiredAt: null,
  });
  return jwk.kid;
}

function generate(alg: SigningAlgorithm): SigningJwk {
  const jwk = generatePrivateKey(alg).export({ format: 'jwk' });
  return { ...jwk, kid: thumbprint(jwk), alg, use: 'sig' };
}

function generatePrivateKey(alg: SigningAlgorithm): KeyObject {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey;
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  }
}

/** The thumbprint of the key (RFC 7638), so that two keys never have the same kid. */
function thumbprint(jwk: JsonWebKey): string {
  return createHash('sha256')
    .update(JSON.stringify(thumbprintMembers(jwk)))
    .digest('base64url');
}

function thumbprintMembers(jwk: JsonWebKey): object {
  switch (jwk.kty) {
    case 'EC':
      return { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
    case 'OKP':
      return { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
    case undefined:
    default:
      return { e: jwk.e, kty: jwk.kty, n: jwk.n };
  }
}

const PRIVATE_MEMBERS = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']);

function withoutPrivateParts(jwk: SigningJwk): SigningJwk {
  const isPublic = ([name]: [string, unknown]): boolean => !PRIVATE_MEMBERS.has(name);
  return Object.fromEntries(Object.entries(jwk).filter(isPublic)) as SigningJwk;
}

function openAll(sealer: Sealer, keys: readonly StoredSigningKey[]): SigningJwk[] {
  return keys.map(({ kid, publicJwk, sealedPrivateJwk }) => {
    if (sealedPrivateJwk.length === 0) return publicJwk;
    const opened = sealer.open(sealedPrivateJwk, signingKeyContext(kid));
    return JSON.parse(opened.toString('utf8')) as SigningJwk;
  });
}

/** The context that a private key is sealed for. */
export function signingKeyContext(kid: string): string {
  return `signing_keys:sealed_private_jwk:${kid}`;
}
