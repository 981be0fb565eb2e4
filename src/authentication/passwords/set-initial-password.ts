import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { checkNewPassword } from './password-policy.ts';
import { createPasswordStore } from './password-store.ts';

/**
 * Sets the password of an account that has not been used yet, for seeds and commands.
 * @throws AppError `password_invalid`.
 */
export async function setInitialPassword(
  { hasher, clock }: AuthenticationContext,
  tx: Database,
  { accountId, password }: { readonly accountId: string; readonly password: string },
): Promise<void> {
  const problem = await checkNewPassword(password, []);
  if (problem !== null) {
    throw new AppError('invalid', 'password_invalid', { fields: { password: problem } });
  }
  const hash = await hasher.hash(password);
  await createPasswordStore(tx).save({ accountId, hash, changedAt: clock.now() });
}
