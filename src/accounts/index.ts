/** accounts: people, without their personal values. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { SqlStatement } from '../platform/postgres/sql.ts';
import { isUuid, type Account } from './account.ts';
import { lockForPurge, markDeleted, removeAccount, restoreAccount } from './account-deletion.ts';
import {
  accountColumn,
  createAccountStore,
  fromColumn,
  heldAsRead,
  type ImportedAccountRow,
  lastSignInUpdate,
} from './account-store.ts';
import { setAdministrator } from './administrators.ts';
import type { AccountsContext } from './context.ts';
import { createAccount, purgeTemporaryAccounts } from './create-account.ts';
import { setAccountStatus } from './set-account-status.ts';
import { signOutEverywhere, signOutEverywhereIn } from './sign-out-everywhere.ts';

export { isProofCurrent, isUuid } from './account.ts';
export type { Account, AccountDeletion, AccountStatus } from './account.ts';
export { isRestorable } from './account-deletion.ts';
export { FRESH_SECONDS, requireFresh } from './require-fresh.ts';
export type { SetStatusInput } from './set-account-status.ts';

const MOST_COPIES = 50_000;

/** Connects the use cases to their dependencies. */
export function createAccounts(ctx: AccountsContext) {
  const { db, clock, feed } = ctx;
  const store = createAccountStore(db);
  const copies = createFreshCache<Account | null>({
    feed,
    topic: 'account',
    maxEntries: MOST_COPIES,
    load: store.find,
  });
  return {
    /** The account in any status, fresh within the feed's bound; null for an unknown or malformed id. */
    find: async (accountId: string) => (isUuid(accountId) ? copies.get(accountId) : null),

    /** Always reads the row: `find` runs no statement for a cached account, and their number must not reveal whether there is one. */
    read: store.find,

    /** Until `tx` ends no other change of the account can happen. */
    lock: (tx: Database, accountId: string) => createAccountStore(tx).lock(accountId),

    /** The row of an account as a column of another statement; `fromColumn` reads the account from the value of that column. */
    column: accountColumn,
    fromColumn,

    /** The account as it is now; until `tx` ends no sign-out everywhere and no change of status can happen. */
    hold: (tx: Database, accountId: string) => createAccountStore(tx).lockShared(accountId),

    /** A query for another statement: it has a row when the account has not been cut off since it was read. */
    heldAsRead,

    /** Newest first, without personal values. */
    list: store.list,

    /** Read again at every call: it changes too often to be kept with the account. */
    lastSignInAt: store.lastSignInAt,

    /** Sets the time of the last sign-in to now, as a part of another statement, where `condition` holds. */
    lastSignInUpdate: (accountId: string, condition: SqlStatement) =>
      lastSignInUpdate(accountId, { at: clock.now(), condition }),

    /** Accounts of another system, with ids of the caller's choice. */
    importMany: (tx: Database, rows: readonly ImportedAccountRow[]) =>
      createAccountStore(tx).insertMany(rows),

    /** Removes imported accounts in the transaction that inserted them. */
    takeBack: (tx: Database, ids: readonly string[]) => createAccountStore(tx).removeMany(ids),

    /** The language of mails and pages; null: that of the browser. */
    setLocale: async (
      tx: Database,
      { accountId, locale }: { readonly accountId: string; readonly locale: string | null },
    ) => {
      await createAccountStore(tx).setLocale(accountId, locale, clock.now());
      await feed.publish(tx, 'account', accountId);
    },

    /** Notes since when a sign-in of the account has a second step; null: it has none. */
    setSecondFactor: async (
      tx: Database,
      { accountId, since }: { readonly accountId: string; readonly since: Date | null },
    ) => {
      await createAccountStore(tx).setSecondFactor(accountId, since);
      await feed.publish(tx, 'account', accountId);
    },

    /** Deleted accounts whose time is over. */
    listDueForPurge: (limit: number) => store.listDue(clock.now(), limit),

    ...bindUseCases(ctx, {
      create: createAccount,
      setStatus: setAccountStatus,
      setAdministrator,
      markDeleted,
      restore: restoreAccount,
      holdForPurge: lockForPurge,
      remove: removeAccount,
      signOutEverywhere,
      signOutEverywhereIn,
      purgeTemporary: purgeTemporaryAccounts,
    }),
  };
}

export type Accounts = ReturnType<typeof createAccounts>;
