import { keyedIndex } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { createExternalIdStore } from './external-id-store.ts';
import type { ImportParts } from './import-parts.ts';

export interface ExternalAccount {
  /** The id of the account in the other system. */
  readonly externalId: string;
  readonly accountId: string;
}

type Parts = Pick<ImportParts, 'externalIdKey'>;

/** The account that was made under this id, with any addresses; null for none, or once it is purged. */
export async function findExternalAccount(
  parts: Parts,
  db: Database,
  externalId: string,
): Promise<string | null> {
  const index = keyedIndex(parts.externalIdKey, externalId);
  const found = await createExternalIdStore(db).find([index]);
  return found.get(0) ?? null;
}

/** Notes the id under which an account is found again. @throws Error when another account has it. */
export async function noteExternalAccount(
  parts: Parts,
  tx: Database,
  { externalId, accountId }: ExternalAccount,
): Promise<void> {
  const blindIndex = keyedIndex(parts.externalIdKey, externalId);
  const noted = await createExternalIdStore(tx).claim([{ blindIndex, accountId }]);
  if (!noted.has(accountId)) throw new Error('an external id is of another account');
}
