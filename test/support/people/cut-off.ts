import { createAccountStore } from '../../../src/accounts/account-store.ts';
import type { Connected } from '../../../src/server/services.ts';

/** More than the permitted difference between the clocks of two nodes. */
const AHEAD_MS = 10_000;

/** Moves the cut-off time of an account after all issued tokens without revoking its grants, as a restored database may have it. */
export async function cutOff(
  { db, feed, clock }: Pick<Connected, 'db' | 'feed' | 'clock'>,
  accountId: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    await createAccountStore(tx).setCutOff(accountId, new Date(clock.now().getTime() + AHEAD_MS));
    await feed.publish(tx, 'account', accountId);
  });
}
