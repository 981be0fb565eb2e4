import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { checkNewPassword } from './password-policy.ts';
import { createPasswordStore } from './password-store.ts';

export interface SetInitialPasswordInput {
  readonly tx?: Database;
  readonly accountId: string;
  readonly password: string;
}

/** Sets the password of an account that has not been used yet: seeds, commands, imports. */
export async function setInitialPassword(
  ctx: AuthenticationContext,
  input: SetInitialPasswordInput,
): Promise<void> {
  const problem = checkNewPassword(input.password, []);
  if (problem !== null) {
    throw new AppError('invalid', 'password_invalid', { fields: { password: problem } });
  }
  const hash = await ctx.hasher.hash(input.password);
  const store = createPasswordStore(input.tx ?? ctx.db);
  await store.save({ accountId: input.accountId, hash, changedAt: ctx.clock.now() });
}
