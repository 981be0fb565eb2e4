import crypto from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { fingerprint } from '../platform/encryption.ts';
import type { Database } from '../platform/postgres.ts';
import type { NewSecret } from './client.ts';
import { createClientSecretStore } from './client-secret-store.ts';

const SECRET_BYTES = 32;
const HINT_LENGTH = 4;

/**
 * Makes a secret of 256 random bits and keeps its fingerprint. The answer is the only place where it is in clear.
 * @throws AppError `secret_exists` when the id is taken.
 */
export async function storeNewSecret(
  tx: Database,
  clientId: string,
  { id, now }: { readonly id: string; readonly now: Date },
): Promise<NewSecret> {
  const secret = crypto.randomBytes(SECRET_BYTES).toString('base64url');
  const created: NewSecret = {
    id,
    secret,
    hint: secret.slice(-HINT_LENGTH),
    createdAt: now,
    expiresAt: null,
    lastUsedAt: null,
  };
  if (!(await createClientSecretStore(tx).insert(clientId, created, fingerprint(secret)))) {
    throw new AppError('conflict', 'secret_exists');
  }
  return created;
}
