import { createAccountStore } from '../../src/accounts/account-store.ts';
import type { Connected } from '../../src/server/services.ts';

/** By more than the clocks of two nodes may differ. */
const AHEAD_MS = 10_000;

/** Moves the cut-off of an account to after everything that was issued, and leaves its grants as they are, as a restored database can have them. */
export async function cutOff(
  { db, feed, clock }: Pick<Connected, 'db' | 'feed' | 'clock'>,
  accountId: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    await createAccountStore(tx).setCutOff(accountId, new Date(clock.now().getTime() + AHEAD_MS));
    await feed.publish(tx, 'account', accountId);
  });
}
