import { keyedIndex } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { ImportsContext } from './context.ts';
import { createExternalIdStore } from './external-id-store.ts';

/** The account that was imported with this id of another system; null if there is none or it was purged. */
export async function findExternalAccount(
  { db, externalIdKey }: ImportsContext,
  externalId: string,
): Promise<string | null> {
  const found = await createExternalIdStore(db).find([keyedIndex(externalIdKey, externalId)]);
  return found.get(0) ?? null;
}

/** Records the id under which an account is found again. @throws Error when another account has it. */
export async function noteExternalAccount(
  { externalIdKey }: ImportsContext,
  tx: Database,
  { externalId, accountId }: { readonly externalId: string; readonly accountId: string },
): Promise<void> {
  const blindIndex = keyedIndex(externalIdKey, externalId);
  const noted = await createExternalIdStore(tx).insertNew([{ blindIndex, accountId }]);
  if (!noted.has(accountId)) throw new Error('an external id is of another account');
}
