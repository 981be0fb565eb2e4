import { isProofCurrent } from '../../accounts/index.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { accountCounter, identifierCounter } from '../sign-in/attempt-counter.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { type FromBrowser, isRequester } from '../sign-in/browser.ts';
import { liftHardStop } from '../sign-in/count-attempt.ts';
import { createSignInFailureStore } from '../sign-in/sign-in-failure-store.ts';
import {
  codeError,
  checkCode,
  type CodeOutcome,
  openAddress,
  useLink,
} from '../proofs/check-code.ts';
import { linkFingerprint } from '../proofs/issue-code.ts';
import { createLinkStore } from '../proofs/link-store.ts';
import { notifyAccountOwner, readNoticeAddresses } from '../notify-account-owner.ts';
import { createCodeStore } from '../proofs/code-store.ts';
import type { ProofCode } from '../proofs/proof-code.ts';
import { requireAcceptablePassword } from './password-policy.ts';
import { createPasswordStore } from './password-store.ts';

interface ResetInput extends FromBrowser {
  readonly newPassword: string;
  readonly locale: string;
  readonly ip: string;
}

/** By the code, or by the link that was mailed beside it. */
type FinishPasswordResetInput = ResetInput &
  (
    | { readonly resetId: string; readonly code: string; readonly link?: never }
    | { readonly link: string }
  );

/**
 * Sets a new password for the person who can read messages to the address, in the browser that requested it. Lifts a lock, ends
 * every session, grant and known device, and mails a notice. The password is checked before the code, so a weak one does not use
 * the code up.
 * @throws AppError `password_invalid` (field `newPassword`), and the code's errors as {@link confirmRegistration}.
 */
export async function finishPasswordReset(
  ctx: AuthenticationContext,
  input: FinishPasswordResetInput,
): Promise<{ readonly accountId: string }> {
  await limitRequests(ctx, 'code', input.ip);
  const flow = await findFlow(ctx, input);
  if (flow === null) throw codeError({ kind: 'dead' });
  const address = openAddress(ctx, flow);
  requireAcceptablePassword(ctx, {
    password: input.newPassword,
    personal: [address.value],
    role: 'only_factor',
    field: 'newPassword',
  });
  // Before the code is checked: waiting for a hash must not occupy a database connection.
  const hash = await ctx.hasher.hash(input.newPassword);
  const outcome = await ctx.db.transaction(async (tx) => {
    const result = await prove(ctx, tx, input);
    if (result.kind !== 'right' || result.accountId === null) return result;
    const owner = await ctx.vault.findIdentifierIn(tx, address);
    // A mailbox that the person no longer uses must not give access to the account.
    if (owner?.accountId !== result.accountId) return { kind: 'dead' } as const;
    const { accountId, generation } = result;
    const isSet = await setNewPassword(ctx, tx, { accountId, generation, hash });
    if (!isSet) return { kind: 'dead' } as const;
    const to = await readNoticeAddresses(ctx, tx, accountId);
    const notice = { template: 'password-changed', locale: input.locale } as const;
    await notifyAccountOwner(ctx, tx, { accountId, to, notice });
    const visible = identifierCounter(ctx, ctx.vault.indexIdentifier(address));
    await createSignInFailureStore(tx).clear([visible, accountCounter(ctx, accountId)]);
    await liftHardStop(ctx, tx, accountId);
    return result;
  });
  if (outcome.kind !== 'right') throw codeError(outcome);
  const { accountId } = outcome;
  if (accountId === null) throw codeError({ kind: 'dead' });
  return { accountId };
}

/** A link finds the flow only in the browser that requested it, so that other browsers learn nothing about it. */
async function findFlow(
  ctx: AuthenticationContext,
  input: FinishPasswordResetInput,
): Promise<ProofCode | null> {
  if (input.link === undefined) {
    return createCodeStore(ctx.db).findNewest(input.resetId, 'password_reset');
  }
  const row = await createLinkStore(ctx.db).find(linkFingerprint(input.link), ctx.clock.now());
  const isOurs = row?.purpose === 'password_reset' && isRequester(row.requester, input);
  return isOurs ? row : null;
}

function prove(
  ctx: AuthenticationContext,
  tx: Database,
  input: FinishPasswordResetInput,
): Promise<CodeOutcome> {
  const { deviceId = null } = input;
  const purpose = 'password_reset';
  if (input.link !== undefined) return useLink(ctx, tx, { link: input.link, purpose, deviceId });
  const { resetId: flowId, code } = input;
  return checkCode(ctx, tx, { flowId, purpose, code, deviceId });
}

interface NewPassword {
  readonly accountId: string;
  readonly generation: number;
  readonly hash: string;
}

/** False for a proof from before a sign-out everywhere, and for an account that is not active. */
async function setNewPassword(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, generation, hash }: NewPassword,
): Promise<boolean> {
  const account = await ctx.accounts.hold(tx, accountId);
  if (account?.status !== 'active' || !isProofCurrent(account, generation)) return false;
  await createPasswordStore(tx).save({ accountId, hash, changedAt: ctx.clock.now() });
  await createCodeStore(tx).endResets(accountId, ctx.clock.now());
  await ctx.accounts.signOutEverywhereIn(tx, { accountId });
  await ctx.audit.record(tx, { kind: 'password.reset', accountId });
  return true;
}
