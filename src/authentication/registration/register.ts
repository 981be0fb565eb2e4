import { AppError, isAppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import { normalizeEmail } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { issueCode } from '../proofs/issue-code.ts';
import { checkNewPassword } from '../passwords/password-policy.ts';
import { createPasswordStore } from '../passwords/password-store.ts';

interface RegisterInput extends FromBrowser {
  readonly email: string;
  readonly password: string;
  readonly name?: string | null;
  /** The username that the person wishes; it must not be in the password. */
  readonly username?: string;
  readonly locale: string;
  readonly ip: string;
  /** The interaction that the link in the mail continues. */
  readonly interactionUid?: string;
}

/** The time in which a registration can be confirmed. After it, unconfirmed accounts are removed. */
export const REGISTRATION_LIFE_SECONDS = 86_400;

/**
 * Makes a temporary account and mails a code to the address.
 *
 * For an address that belongs to an account exactly the same is done, down to a temporary account that cannot be confirmed and
 * is removed with the others. So neither the answer nor its duration reveals whether there is an account. Only the mail
 * differs.
 */
export async function register(
  ctx: AuthenticationContext,
  input: RegisterInput,
): Promise<{ registrationId: string }> {
  await limitRequests(ctx, 'register', input.ip);
  refuseUnfit(ctx, input);
  const owner = await ctx.vault.findIdentifier({ kind: 'email', value: input.email });
  const hash = await ctx.hasher.hash(input.password);
  return ctx.db
    .transaction(async (tx) => {
      const { id: accountId } = await ctx.accounts.create(tx, {
        status: 'temporary',
        locale: input.locale,
      });
      await ctx.vault.createTemporaryKey(tx, accountId);
      const email = await ctx.vault.addAttributeIn(tx, {
        accountId,
        claim: 'email',
        value: input.email,
      });
      if (input.name) {
        await ctx.vault.addAttributeIn(tx, { accountId, claim: 'name', value: input.name });
      }
      await createPasswordStore(tx).save({ accountId, hash, changedAt: ctx.clock.now() });
      await issueCode(ctx, tx, {
        flowId: email.id,
        purpose: 'registration',
        accountId,
        address: { kind: 'email', value: input.email.trim() },
        locale: input.locale,
        send: owner === null ? 'code' : 'notice',
        field: 'email',
        deviceId: input.deviceId ?? null,
        interactionUid: input.interactionUid ?? null,
      });
      return { registrationId: email.id };
    })
    .catch((error: unknown) => {
      throw atField(error);
    });
}

/**
 * Sends another code to a person who has just entered the right password; within the cooldown the last code stays valid. When
 * the address belongs to another account, its owner gets a notice instead, as at the registration.
 */
export async function sendRegistrationCode(
  ctx: AuthenticationContext,
  {
    registrationId,
    accountId,
    email,
    isTaken,
    deviceId,
    interactionUid,
  }: {
    readonly registrationId: string;
    readonly accountId: string;
    readonly email: string;
    readonly isTaken: boolean;
    readonly deviceId: string | null;
    readonly interactionUid: string | null;
  },
): Promise<void> {
  try {
    await ctx.db.transaction((tx) =>
      issueCode(ctx, tx, {
        flowId: registrationId,
        purpose: 'registration',
        accountId,
        address: { kind: 'email', value: email.trim() },
        locale: currentLocale(),
        send: isTaken ? 'notice' : 'code',
        field: 'code',
        deviceId,
        interactionUid,
      }),
    );
  } catch (error) {
    if (!isAppError(error, 'code_cooldown')) throw error;
  }
}

function refuseUnfit(ctx: AuthenticationContext, input: RegisterInput): void {
  const { email, password, name, username } = input;
  const fields: Record<string, string> = {};
  if (normalizeEmail(email) === null) fields['email'] = 'email_invalid';
  const personal = [email, name ?? '', username ?? ''];
  const problem = checkNewPassword(ctx, { password, personal, role: 'only_factor' });
  if (problem !== null) fields['password'] = problem;
  if (Object.keys(fields).length > 0) {
    throw new AppError('invalid', 'registration_invalid', { fields });
  }
}

// The vault reports its input as field `value`; at this point only the name can be invalid.
function atField(error: unknown): unknown {
  if (!isAppError(error, 'value_invalid')) return error;
  const code = error.fields?.['value'] ?? 'value_invalid';
  return new AppError('invalid', 'registration_invalid', { cause: error, fields: { name: code } });
}
