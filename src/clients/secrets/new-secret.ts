import crypto from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import { fingerprint } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { NewSecret } from '../client.ts';
import { createClientSecretStore } from './client-secret-store.ts';

const SECRET_BYTES = 32;
const HINT_LENGTH = 4;

/**
 * Makes a secret of 256 random bits and keeps its fingerprint. The answer is the only place where it is in clear.
 * @throws AppError `draft_used` when the form it is made with was sent before.
 */
export async function storeNewSecret(
  tx: Database,
  clientId: string,
  { now, draftKey }: { readonly now: Date; readonly draftKey?: string | undefined },
): Promise<NewSecret> {
  const secret = crypto.randomBytes(SECRET_BYTES).toString('base64url');
  const created: NewSecret = {
    id: crypto.randomUUID(),
    secret,
    hint: secret.slice(-HINT_LENGTH),
    createdAt: now,
    expiresAt: null,
    lastUsedAt: null,
  };
  const row = { ...created, fingerprint: fingerprint(secret), draftKey: draftKey ?? null };
  if (!(await createClientSecretStore(tx).insert(clientId, row))) {
    throw new AppError('conflict', 'draft_used');
  }
  return created;
}
