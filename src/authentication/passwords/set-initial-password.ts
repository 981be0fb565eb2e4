import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { requireAcceptablePassword } from './password-policy.ts';
import { createPasswordStore } from './password-store.ts';

/**
 * Sets the password of an account that has not been used yet, for seeds and commands.
 * @throws AppError `password_invalid`.
 */
export async function setInitialPassword(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, password }: { readonly accountId: string; readonly password: string },
): Promise<void> {
  requireAcceptablePassword(ctx, {
    password,
    personal: [],
    role: 'only_factor',
    field: 'password',
  });
  const hash = await ctx.hasher.hash(password);
  await createPasswordStore(tx).save({ accountId, hash, changedAt: ctx.clock.now() });
}
