import { createHash, generateKeyPairSync, type webcrypto } from 'node:crypto';

import { AppError } from './app-error.ts';
import type { Clock } from './clock.ts';
import type { Sealer } from './encryption.ts';
import type { Database } from './postgres.ts';
import {
  createSigningKeyStore,
  type SigningKeyStatus,
  type SigningKeyStore,
} from './signing-key-store.ts';

type JsonWebKey = webcrypto.JsonWebKey;

/** A private JSON Web Key (RFC 7517) as the library takes it. */
export type SigningJwk = JsonWebKey & {
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
};

export interface SigningKeyDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** The algorithms every installation has: the default, and the one old clients insist on. */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256'] as const;
type Algorithm = (typeof SIGNING_ALGORITHMS)[number];

/**
 * The keys of this installation, made on the very first start: of many nodes starting together one makes them.
 * They leave the database only into the memory of a server that has the master key.
 * @throws AppError `signing_keys_missing` when there were keys before and there are none.
 */
export async function ensureSigningKeys(deps: SigningKeyDeps): Promise<SigningJwk[]> {
  const known = await createSigningKeyStore(deps.db).list();
  if (hasEveryAlgorithm(known)) return openAll(deps.sealer, known);
  return deps.db.transaction(async (tx) => {
    const store = createSigningKeyStore(tx);
    await store.lock();
    const present = await store.list();
    if (present.length === 0) await requireFirst(store);
    for (const alg of SIGNING_ALGORITHMS) {
      if (!present.some((key) => key.alg === alg && key.status === 'current')) {
        await addSigningKey(deps, store, { alg, status: 'current' });
      }
    }
    return openAll(deps.sealer, await store.list());
  });
}

/** A database that had keys and has none is damaged or half restored: new ones would make every statement of before worthless. */
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
  deps: Pick<SigningKeyDeps, 'sealer' | 'clock'>,
  store: SigningKeyStore,
  { alg, status }: { readonly alg: Algorithm; readonly status: SigningKeyStatus },
): Promise<string> {
  const jwk = generate(alg);
  await store.insert({
    kid: jwk.kid,
    alg,
    status,
    publicJwk: withoutPrivateParts(jwk),
    sealedPrivateJwk: deps.sealer.seal(JSON.stringify(jwk), placeOf(jwk.kid)),
    createdAt: deps.clock.now(),
    retiredAt: null,
  });
  return jwk.kid;
}

function generate(alg: Algorithm): SigningJwk {
  const { privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: thumbprint(jwk), alg, use: 'sig' };
}

/** RFC 7638: the key's own fingerprint, so a kid can never name two keys. */
function thumbprint(jwk: JsonWebKey): string {
  const members =
    jwk.kty === 'EC'
      ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
      : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

const PRIVATE_MEMBERS = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']);

function withoutPrivateParts(jwk: SigningJwk): object {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !PRIVATE_MEMBERS.has(name)));
}

function openAll(
  sealer: Sealer,
  keys: readonly { readonly kid: string; readonly sealedPrivateJwk: Buffer }[],
): SigningJwk[] {
  return keys.map(
    ({ kid, sealedPrivateJwk }) =>
      JSON.parse(sealer.open(sealedPrivateJwk, placeOf(kid)).toString('utf8')) as SigningJwk,
  );
}

/** The place a private key is sealed for. */
export function placeOf(kid: string): string {
  return `signing_keys:sealed_private_jwk:${kid}`;
}
