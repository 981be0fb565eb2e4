import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { isUuid, type Account, type AccountDeletion, type AccountStatus } from './account.ts';
import { createAccountDeletionStore } from './account-deletion-store.ts';
import { createAccountImportStore, type ImportedAccountRow } from './account-import-store.ts';
import { createAccountStore, type AccountListing, type AccountQuery } from './account-store.ts';
import { refuseLastAdministrator } from './last-administrator.ts';
import {
  markDeleted,
  restoreAccount,
  type MarkDeletedInput,
  type RestoreInput,
} from './mark-deleted.ts';
import { purgeTemporaryAccounts } from './purge-temporary-accounts.ts';
import { setAccountStatus, type SetStatusInput } from './set-account-status.ts';
import { signOutEverywhere, type SignOutDeps, type SignOutInput } from './sign-out-everywhere.ts';

export { isProofCurrent, isUuid } from './account.ts';
export { FRESH_SECONDS, requireFresh } from './require-fresh.ts';
export type { Account, AccountDeletion, AccountStatus } from './account.ts';
export type { AccountListing, AccountQuery } from './account-store.ts';
export { isRestorable, type MarkDeletedInput, type RestoreInput } from './mark-deleted.ts';
export type { ImportedAccountRow } from './account-import-store.ts';
export type { SetStatusInput } from './set-account-status.ts';
export type { SignOutInput } from './sign-out-everywhere.ts';

/** People: their accounts, without personal values. */
export interface Accounts {
  /** Any status, fresh within the feed's bound; null for an id that is unknown or not an id at all. */
  find(accountId: string): Promise<Account | null>;
  /** The account as it is now; until `tx` ends no sign-out everywhere and no change of status can happen. */
  hold(tx: Database, accountId: string): Promise<Account | null>;
  create(tx: Database, input: NewAccount): Promise<Account>;
  /** Accounts of another system, with ids of the caller's choice. */
  importMany(tx: Database, rows: readonly ImportedAccountRow[]): Promise<void>;
  /** Takes imported accounts back in the transaction that made them. */
  takeBack(tx: Database, ids: readonly string[]): Promise<void>;
  /** See {@link setAccountStatus}: anything but `active` and `temporary` also ends all the account has open. */
  setStatus(tx: Database, input: SetStatusInput): Promise<void>;
  /** See {@link markDeleted}. */
  markDeleted(tx: Database, input: MarkDeletedInput): Promise<AccountDeletion>;
  /** See {@link restoreAccount}. */
  restore(tx: Database, input: RestoreInput): Promise<void>;
  /** Deleted accounts whose time is over. */
  listDueForPurge(limit: number): Promise<string[]>;
  /** Locks one of those until `tx` ends; null when it is not due, gone, or locked by another transaction. */
  holdForPurge(tx: Database, accountId: string): Promise<AccountDeletion | null>;
  /** Removes the row with all rows that refer to it. Ids are random and never used again. */
  remove(tx: Database, accountId: string): Promise<void>;
  /** @throws AppError `account_not_found`, `last_administrator`. */
  setAdministrator(tx: Database, input: SetAdministratorInput): Promise<void>;
  /** Newest first, without personal values. */
  list(query: AccountQuery): Promise<AccountListing[]>;
  setLocale(tx: Database, input: { accountId: string; locale: string | null }): Promise<void>;
  /** Ends every session and revokes every grant; with `exceptSessionUid` that one session goes on. */
  signOutEverywhere(input: SignOutInput): Promise<void>;
  /** Notes the time of a sign-in. */
  touchSignIn(tx: Database, accountId: string): Promise<void>;
  /** Read again at every call: it changes too often to be kept with the account. */
  lastSignInAt(accountId: string): Promise<Date | null>;
  /** Removes temporary accounts older than a day. @returns how many. */
  purgeTemporary(): Promise<number>;
}

export interface NewAccount {
  readonly status: Extract<AccountStatus, 'temporary' | 'active'>;
  readonly locale: string | null;
}

export interface SetAdministratorInput {
  readonly accountId: string;
  readonly isAdministrator: boolean;
  readonly actorId?: string;
}

export type AccountsDeps = SignOutDeps;

const CACHED_ACCOUNTS = 50_000;

/** Connects accounts to their table. */
export function createAccounts(deps: AccountsDeps): Accounts {
  const store = createAccountStore(deps.db);
  const cache = createFreshCache<Account | null>({
    feed: deps.feed,
    topic: 'account',
    maxEntries: CACHED_ACCOUNTS,
    load: (accountId) => store.find(accountId),
  });

  return Object.freeze({
    find: async (accountId: string) => (isUuid(accountId) ? cache.get(accountId) : null),
    hold: (tx: Database, accountId: string) => createAccountStore(tx).lockShared(accountId),
    create: (tx: Database, input: NewAccount) => createAccount(deps, tx, input),
    importMany: (tx: Database, rows: readonly ImportedAccountRow[]) =>
      createAccountImportStore(tx).insert(rows),
    takeBack: (tx: Database, ids: readonly string[]) => createAccountImportStore(tx).remove(ids),
    setStatus: (tx: Database, input: SetStatusInput) => setAccountStatus(deps, tx, input),
    markDeleted: (tx: Database, input: MarkDeletedInput) => markDeleted(deps, tx, input),
    restore: (tx: Database, input: RestoreInput) => restoreAccount(deps, tx, input),
    listDueForPurge: (limit: number) =>
      createAccountDeletionStore(deps.db).listDue(deps.clock.now(), limit),
    holdForPurge: async (tx: Database, accountId: string) => {
      const isHeld = await createAccountDeletionStore(tx).lockDue(accountId, deps.clock.now());
      return isHeld ? ((await createAccountStore(tx).find(accountId))?.deletion ?? null) : null;
    },
    remove: async (tx: Database, accountId: string) => {
      await createAccountDeletionStore(tx).remove(accountId);
      await deps.feed.publish(tx, 'account', accountId);
    },
    setAdministrator: (tx: Database, input: SetAdministratorInput) =>
      setAdministrator(deps, tx, input),
    setLocale: async (tx: Database, input: { accountId: string; locale: string | null }) => {
      await createAccountStore(tx).setLocale(input.accountId, input.locale, deps.clock.now());
      await deps.feed.publish(tx, 'account', input.accountId);
    },
    signOutEverywhere: (input: SignOutInput) => signOutEverywhere(deps, input),
    touchSignIn: (tx: Database, accountId: string) =>
      createAccountStore(tx).setLastSignIn(accountId, deps.clock.now()),
    lastSignInAt: (accountId: string) => store.lastSignInAt(accountId),
    list: (query: AccountQuery) => store.list(query),
    purgeTemporary: () => purgeTemporaryAccounts(deps),
  });
}

async function createAccount(
  deps: Pick<AccountsDeps, 'clock'>,
  tx: Database,
  input: NewAccount,
): Promise<Account> {
  const account: Account = Object.freeze({
    id: randomUUID(),
    status: input.status,
    statusReason: null,
    isAdministrator: false,
    locale: input.locale,
    cutOffAt: null,
    proofGeneration: 0,
    deletion: null,
    createdAt: deps.clock.now(),
  });
  await createAccountStore(tx).insert(account);
  return account;
}

async function setAdministrator(
  deps: AccountsDeps,
  tx: Database,
  input: SetAdministratorInput,
): Promise<void> {
  const { accountId, isAdministrator } = input;
  if (!isAdministrator) await refuseLastAdministrator(tx, accountId);
  const isFound = await createAccountStore(tx).setAdministrator(
    accountId,
    isAdministrator,
    deps.clock.now(),
  );
  if (!isFound) throw new AppError('not_found', 'account_not_found');
  await deps.audit.record(tx, {
    kind: 'account.administrator_changed',
    accountId,
    actorId: input.actorId ?? null,
    details: { isAdministrator },
  });
  await deps.feed.publish(tx, 'account', accountId);
}
