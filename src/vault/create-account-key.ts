import type { Database } from '../platform/postgres.ts';
import { wrapNewKey } from './account-key.ts';
import { createAccountKeyStore } from './account-key-store.ts';
import type { VaultParts } from './vault-parts.ts';

/** Gives an account its data key. It exists in clear only inside a call that uses it. */
export async function createAccountKey(
  { masterSealer, clock }: VaultParts,
  tx: Database,
  accountId: string,
): Promise<void> {
  await createAccountKeyStore(tx).insert({
    accountId,
    wrappedKey: wrapNewKey(masterSealer, accountId),
    createdAt: clock.now(),
  });
}
