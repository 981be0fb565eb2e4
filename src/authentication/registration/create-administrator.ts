import { AppError } from '../../platform/app-error.ts';
import { normalizeEmail } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { checkNewPassword, describePasswordRules } from '../passwords/password-policy.ts';
import { setInitialPassword } from '../passwords/set-initial-password.ts';

interface CreateAdministratorInput {
  readonly email: string;
  /** Null: the account has no name yet. */
  readonly name: string | null;
  readonly password: string;
}

/**
 * Creates an active account with administrator rights. The operator vouches for the e-mail address: it counts as proven.
 * @returns the id of the account.
 * @throws AppError `registration_invalid` with `fields`; `address_taken` when the address belongs to an account.
 */
export async function createAdministrator(
  ctx: AuthenticationContext,
  { email: entered, name, password }: CreateAdministratorInput,
): Promise<string> {
  const email = entered.trim();
  const role = 'only_factor';
  const problem = checkNewPassword(ctx, { password, personal: [email, name ?? ''], role });
  const fields = {
    ...(normalizeEmail(email) === null && { email: 'email_invalid' }),
    ...(problem !== null && { password: problem }),
  };
  if (Object.keys(fields).length > 0)
    throw new AppError('invalid', 'registration_invalid', {
      fields,
      values: { shortest: describePasswordRules(ctx, role).shortest },
    });
  return ctx.db.transaction(async (tx) => {
    const { accounts, vault } = ctx;
    if ((await vault.findIdentifierIn(tx, { kind: 'email', value: email })) !== null) {
      throw new AppError('conflict', 'address_taken', {
        detail: 'This address belongs to an account already.',
      });
    }
    const { id: accountId } = await accounts.create(tx, { status: 'active', locale: null });
    await vault.createKey(tx, accountId);
    const address = { accountId, claim: 'email', value: email, label: null };
    const { id: attributeId } = await vault.addAttributeIn(tx, address);
    await vault.markVerified(tx, { accountId, attributeId, value: email });
    if (name !== null) {
      await vault.addAttributeIn(tx, { accountId, claim: 'name', value: name, label: null });
    }
    await setInitialPassword(ctx, tx, { accountId, password });
    await accounts.setAdministrator(tx, { accountId, isAdministrator: true });
    return accountId;
  });
}
