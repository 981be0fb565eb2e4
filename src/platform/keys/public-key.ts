import { createPublicKey } from 'node:crypto';

import { AppError } from '../app-error.ts';
import type { Database } from '../postgres/postgres.ts';
import { createSigningKeyStore } from './signing-key-store.ts';
import type { SigningAlgorithm } from './signing-keys.ts';

/** A key by its number; null: the one that signs now. */
interface WantedKey {
  readonly alg: SigningAlgorithm;
  readonly version: number | null;
}

/**
 * The public part of a published signing key as PEM (RFC 7468 §13).
 * @throws AppError `signing_key_not_found`.
 */
export async function findPublicKey(db: Database, { alg, version }: WantedKey): Promise<string> {
  const keys = await createSigningKeyStore(db).list();
  const found = keys.find(
    (key) =>
      key.alg === alg && (version === null ? key.status === 'current' : key.version === version),
  );
  if (found === undefined) throw new AppError('not_found', 'signing_key_not_found');
  const key = createPublicKey({ key: found.publicJwk, format: 'jwk' });
  return key.export({ type: 'spki', format: 'pem' });
}
