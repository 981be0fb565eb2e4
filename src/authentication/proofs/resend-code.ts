import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { type FromBrowser, isElsewhere } from '../sign-in/browser.ts';
import { codeError, openAddress } from './check-code.ts';
import { issueCode, type IssueCodeInput } from './issue-code.ts';
import { createCodeStore } from './code-store.ts';
import type { ProofCode } from './proof-code.ts';
import { REGISTRATION_LIFE_SECONDS } from '../registration/register.ts';
import { receiverOf } from './request-sign-in-code.ts';

interface ResendCodeInput extends FromBrowser {
  /** A registration, a sign-in or a password reset. */
  readonly flowId: string;
  readonly locale: string;
  readonly ip: string;
  /** The interaction that the link in the mail continues. */
  readonly interactionUid?: string;
}

/** Sends a new code for an action in progress in this browser; the previous code becomes invalid. */
export async function resendCode(
  ctx: AuthenticationContext,
  input: ResendCodeInput,
): Promise<void> {
  await limitRequests(ctx, 'resend-code', input.ip);
  const store = createCodeStore(ctx.db);
  const last = await store.findRequested(input.flowId);
  const { deviceId = null, interactionUid = null } = input;
  const oldest = ctx.clock.now().getTime() - REGISTRATION_LIFE_SECONDS * 1000;
  if (last === null || last.createdAt.getTime() < oldest) throw codeError({ kind: 'dead' });
  if (isElsewhere(last.requester, { deviceId })) throw codeError({ kind: 'dead' });
  const address = openAddress(ctx, last);
  const owner = await ctx.vault.findIdentifier(address);
  const { send } = await receiverOf(ctx, address);
  if (address.kind === 'phone_number') await limitRequests(ctx, 'sms', [input.ip]);
  await ctx.db.transaction((tx) =>
    issueCode(ctx, tx, {
      flowId: last.flowId,
      purpose: last.purpose,
      accountId: last.accountId,
      address,
      locale: input.locale,
      send: last.purpose === 'sign_in' ? send : sendFor(last, owner?.accountId ?? null),
      field: 'code',
      deviceId,
      interactionUid,
    }),
  );
}

function sendFor(last: ProofCode, ownerId: string | null): IssueCodeInput['send'] {
  if (last.purpose === 'registration') return ownerId === null ? 'code' : 'notice';
  return ownerId !== null && ownerId === last.accountId ? 'code' : 'notice';
}
