import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createPasswordStore } from '../passwords/password-store.ts';

/**
 * Call it in the transaction that ends the second step of an account, after the account is locked: a password that was accepted as
 * one of two factors must not become the only one.
 * @throws AppError `password_too_short_alone` (kind `conflict`): the person chooses a new password first.
 */
export async function refuseShortPassword(tx: Database, accountId: string): Promise<void> {
  const role = await createPasswordStore(tx).roleOf(accountId);
  if (role === 'one_of_two_factors') throw new AppError('conflict', 'password_too_short_alone');
}
