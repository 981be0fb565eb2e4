import { createAccountStore } from '../../src/accounts/account-store.ts';
import type { Connected } from '../../src/services.ts';

/** Moves the cut-off of an account to now and leaves its grants as they are, as a restored database can have them. */
export async function cutOff(
  { db, feed, clock }: Pick<Connected, 'db' | 'feed' | 'clock'>,
  accountId: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    await createAccountStore(tx).setCutOff(accountId, clock.now());
    await feed.publish(tx, 'account', accountId);
  });
}
