import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { createAccountStore } from './account-store.ts';

const LIFE_SECONDS = 24 * 60 * 60;
const BATCH = 100;

/** Deletes accounts that never proved an address within a day, in batches that do not hold live rows up. */
export async function purgeTemporaryAccounts(deps: {
  readonly db: Database;
  readonly clock: Clock;
}): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - LIFE_SECONDS * 1000);
  const store = createAccountStore(deps.db);
  let purged = 0;
  for (;;) {
    const count = await store.deleteTemporary(before, BATCH);
    purged += count;
    if (count < BATCH) return purged;
  }
}
