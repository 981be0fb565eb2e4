import { AppError } from '../../platform/app-error.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { openAccountSealer, type KeyWrapping } from './account-key.ts';
import { createAccountKeyStore } from './account-key-store.ts';

/**
 * Seals and opens data of a person with the key of the account; null when the key was never created or is destroyed.
 */
export async function findAccountSealer(
  ctx: KeyWrapping & { readonly db: Database },
  accountId: string,
): Promise<Sealer | null> {
  const stored = await createAccountKeyStore(ctx.db).find(accountId);
  return stored === null ? null : openAccountSealer(ctx, accountId, stored);
}

/**
 * As {@link findAccountSealer}, for a change: until `tx` ends no other request changes values of this account.
 * @throws AppError `account_not_found`.
 */
export async function lockAccountSealer(
  ctx: KeyWrapping,
  tx: Database,
  accountId: string,
): Promise<Sealer> {
  const stored = await createAccountKeyStore(tx).lock(accountId);
  const sealer = stored === null ? null : openAccountSealer(ctx, accountId, stored);
  if (sealer === null) throw new AppError('not_found', 'account_not_found');
  return sealer;
}
