import type { Sealer } from '../platform/encryption.ts';
import { openAccountSealer } from './account-key.ts';
import { createAccountKeyStore } from './account-key-store.ts';
import type { VaultParts } from './vault-parts.ts';

/** The person's own key, at work for another slice; null when it was never made, or is destroyed. */
export async function findAccountSealer(
  { db, masterSealer }: Pick<VaultParts, 'db' | 'masterSealer'>,
  accountId: string,
): Promise<Sealer | null> {
  const wrappedKey = await createAccountKeyStore(db).find(accountId);
  return wrappedKey === null ? null : openAccountSealer(masterSealer, accountId, wrappedKey);
}
