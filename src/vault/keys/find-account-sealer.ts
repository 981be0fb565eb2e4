import { AppError } from '../../platform/app-error.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { openAccountSealer, type KeyWrapping } from './account-key.ts';
import { createAccountKeyStore } from './account-key-store.ts';

/** The person's own key, at work; null when it was never made, or is destroyed. */
export async function findAccountSealer(
  parts: KeyWrapping & { readonly db: Database },
  accountId: string,
): Promise<Sealer | null> {
  const stored = await createAccountKeyStore(parts.db).find(accountId);
  return stored === null ? null : openAccountSealer(parts, accountId, stored);
}

/**
 * As {@link findAccountSealer}, for a change: until `tx` ends no other request changes values of this account.
 * @throws AppError `account_not_found`.
 */
export async function lockAccountSealer(
  wrapping: KeyWrapping,
  tx: Database,
  accountId: string,
): Promise<Sealer> {
  const stored = await createAccountKeyStore(tx).lock(accountId);
  const sealer = stored === null ? null : openAccountSealer(wrapping, accountId, stored);
  if (sealer === null) throw new AppError('not_found', 'account_not_found');
  return sealer;
}
