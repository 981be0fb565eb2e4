import { randomUUID } from 'node:crypto';

import type { Database } from '../platform/postgres/postgres.ts';
import type { Account } from './account.ts';
import { createAccountStore } from './account-store.ts';
import type { AccountsContext } from './context.ts';

/** An account without values and without a way to sign in. */
export async function createAccount(
  { clock }: AccountsContext,
  tx: Database,
  { status, locale }: Pick<Account, 'locale'> & { readonly status: 'temporary' | 'active' },
): Promise<Account> {
  const account: Account = {
    id: randomUUID(),
    status,
    statusReason: null,
    isAdministrator: false,
    locale,
    cutOffAt: null,
    proofGeneration: 0,
    secondFactorSince: null,
    deletion: null,
    createdAt: clock.now(),
  };
  await createAccountStore(tx).insert(account);
  return account;
}

const TEMPORARY_SECONDS = 24 * 60 * 60;
const BATCH = 100;

/** Deletes accounts that have not proven an address within a day, in batches that lock live rows briefly. @returns the number. */
export async function purgeTemporaryAccounts({ db, clock }: AccountsContext): Promise<number> {
  const before = new Date(clock.now().getTime() - TEMPORARY_SECONDS * 1000);
  const store = createAccountStore(db);
  for (let purged = 0; ;) {
    const count = await store.deleteTemporary(before, BATCH);
    purged += count;
    if (count < BATCH) return purged;
  }
}
