import type { Database } from '../platform/postgres.ts';
import { createAccountKeyStore } from './account-key-store.ts';
import type { VaultParts } from './vault-parts.ts';

/** What can be said about an account's key without telling it. */
export interface KeyDescription {
  /** As it is stored. */
  readonly wrappedKey: Buffer;
  readonly masterKeyVersion: number;
}

/** Null when there is no key. */
export async function describeAccountKey(
  { masterSealer }: Pick<VaultParts, 'masterSealer'>,
  tx: Database,
  accountId: string,
): Promise<KeyDescription | null> {
  const wrappedKey = await createAccountKeyStore(tx).find(accountId);
  return wrappedKey === null
    ? null
    : { wrappedKey, masterKeyVersion: masterSealer.versionOf(wrappedKey) };
}

/** From the commit on nobody reads a value of this account any more, whatever copies of the rows there are. */
export async function destroyAccountKey(
  { feed }: Pick<VaultParts, 'feed'>,
  tx: Database,
  accountId: string,
): Promise<void> {
  await createAccountKeyStore(tx).remove(accountId);
  await feed.publish(tx, 'vault', accountId);
}
