import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { createAccountDeletionStore } from './account-deletion-store.ts';
import { createAccountStore } from './account-store.ts';

/**
 * Keeps an installation administrable: an active administrator may go only while another active one remains. Changes of
 * administrators that run at the same time wait for each other until `tx` ends.
 * @throws AppError `last_administrator`.
 */
export async function refuseLastAdministrator(tx: Database, accountId: string): Promise<void> {
  const account = await createAccountStore(tx).find(accountId);
  if (account?.isAdministrator !== true || account.status !== 'active') return;
  if ((await createAccountDeletionStore(tx).countOtherAdministrators(accountId)) === 0) {
    throw new AppError('conflict', 'last_administrator');
  }
}
