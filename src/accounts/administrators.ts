import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { createAccountStore } from './account-store.ts';
import type { AccountsContext } from './context.ts';

/**
 * Keeps an installation administrable: an active administrator may go only while another active one remains. Changes of
 * administrators that run at the same time wait for each other until `tx` ends.
 * @throws AppError `last_administrator`.
 */
export async function refuseLastAdministrator(tx: Database, accountId: string): Promise<void> {
  const store = createAccountStore(tx);
  const account = await store.find(accountId);
  if (account?.isAdministrator !== true || account.status !== 'active') return;
  if ((await store.countOtherAdministrators(accountId)) === 0) {
    throw new AppError('conflict', 'last_administrator');
  }
}

interface SetAdministratorInput {
  readonly accountId: string;
  readonly isAdministrator: boolean;
  readonly actorId?: string;
}

/**
 * Makes an account an administrator, with the short sessions of administrators at once, or an ordinary account again.
 * @throws AppError `account_not_found`, `last_administrator`.
 */
export async function setAdministrator(
  { clock, audit, feed, sessions }: AccountsContext,
  tx: Database,
  input: SetAdministratorInput,
): Promise<void> {
  const { accountId, isAdministrator, actorId = null } = input;
  if (!isAdministrator) await refuseLastAdministrator(tx, accountId);
  const store = createAccountStore(tx);
  const isFound = await store.setAdministrator(accountId, isAdministrator, clock.now());
  if (!isFound) throw new AppError('not_found', 'account_not_found');
  if (isAdministrator) await sessions.shorten(tx, { accountId });
  const details = { isAdministrator };
  await audit.record(tx, { kind: 'account.administrator_changed', accountId, actorId, details });
  await feed.publish(tx, 'account', accountId);
}
