import type { Database } from '../../platform/postgres/postgres.ts';
import { createAccountKeyStore } from './account-key-store.ts';
import type { VaultContext } from '../context.ts';

/** Facts about an account's key that do not reveal it. */
export interface KeyDescription {
  /** As it is stored. */
  readonly wrappedKey: Buffer;
  readonly masterKeyVersion: number;
}

/** Null when there is no key. */
export async function describeAccountKey(
  { masterSealer }: Pick<VaultContext, 'masterSealer'>,
  tx: Database,
  accountId: string,
): Promise<KeyDescription | null> {
  const key = await createAccountKeyStore(tx).find(accountId);
  if (key === null) return null;
  const { wrappedKey } = key;
  return { wrappedKey, masterKeyVersion: masterSealer.versionOf(wrappedKey) };
}

/**
 * From the commit on no node reads a value of this account. Copies of the rows stop being readable when
 * {@link destroyDueLeaves} has destroyed the leaf in the key store, right afterwards or by the job.
 */
export async function destroyAccountKey(
  { feed }: Pick<VaultContext, 'feed'>,
  tx: Database,
  accountId: string,
): Promise<void> {
  await createAccountKeyStore(tx).remove(accountId);
  await feed.publish(tx, 'vault', accountId);
}
