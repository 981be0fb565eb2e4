import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import {
  allowedRole,
  describePasswordRules,
  type NewPasswordRules,
  type PasswordRole,
  requireAcceptablePassword,
  strongestRole,
} from './password-policy.ts';

interface NewPasswordOfAccount {
  readonly accountId: string;
  readonly password: string;
  /** E-mail addresses and names of the person. */
  readonly personal: readonly string[];
}

/**
 * Checks a new password of a signed-in person: eight characters are enough while the sign-in has a second step. In a transaction
 * the account cannot lose its second step until it ends.
 * @returns the role to store with the hash. @throws AppError `password_invalid` (field `newPassword`).
 */
export async function requireForAccount(
  ctx: AuthenticationContext,
  db: Database,
  { accountId, ...entered }: NewPasswordOfAccount,
): Promise<PasswordRole> {
  const account = await ctx.accounts.hold(db, accountId);
  const role = account === null ? 'only_factor' : allowedRole(account);
  requireAcceptablePassword(ctx, { ...entered, role, field: 'newPassword' });
  return strongestRole(ctx, entered);
}

/** The rules for a new password of a signed-in person. */
export async function describeOwnPasswordRules(
  ctx: AuthenticationContext,
  { accountId }: Pick<NewPasswordOfAccount, 'accountId'>,
): Promise<NewPasswordRules> {
  const account = await ctx.accounts.find(accountId);
  return describePasswordRules(ctx, account === null ? 'only_factor' : allowedRole(account));
}
