import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import { type FromBrowser, isRequester } from '../sign-in/browser.ts';
import { limitSms } from './confirm-attribute.ts';
import { openAddress } from './guess-code.ts';
import { issueCode, type IssueCodeInput } from './issue-code.ts';
import { type CodeRow, createOneTimeCodeStore } from './one-time-code-store.ts';
import { REGISTRATION_LIFE_SECONDS } from '../registration/register.ts';
import { receiverOf } from './request-sign-in-code.ts';

export interface ResendCodeInput extends FromBrowser {
  /** A registration, a sign-in or a password reset. */
  readonly flowId: string;
  readonly locale: string;
  readonly ip: string;
  /** The interaction that the link in the mail continues. */
  readonly interactionUid?: string;
}

/** Sends a new code for something under way in this browser; the one before stops working. */
export async function resendCode(
  parts: AuthenticationParts,
  input: ResendCodeInput,
): Promise<void> {
  await parts.rateLimiter.consume({
    name: 'resend-code',
    key: input.ip,
    points: 30,
    perSeconds: 600,
  });
  const store = createOneTimeCodeStore(parts.db);
  const last =
    (await store.findNewest(input.flowId, 'registration')) ??
    (await store.findNewest(input.flowId, 'sign_in')) ??
    (await store.findNewest(input.flowId, 'password_reset'));
  const { deviceId = null, interactionUid = null } = input;
  const oldest = parts.clock.now().getTime() - REGISTRATION_LIFE_SECONDS * 1000;
  const isElsewhere = last?.requester != null && !isRequester(last.requester, { deviceId });
  if (last === null || isElsewhere || last.createdAt.getTime() < oldest) {
    throw new AppError('gone', 'code_dead', { fields: { code: 'code_dead' } });
  }
  const address = openAddress(parts, last);
  const owner = await parts.vault.findIdentifier(address);
  const { send } = await receiverOf(parts, address);
  if (address.kind === 'phone_number') {
    await limitSms(parts, [input.ip]);
  }
  await parts.db.transaction((tx) =>
    issueCode(parts, tx, {
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

function sendFor(last: CodeRow, ownerId: string | null): IssueCodeInput['send'] {
  if (last.purpose === 'registration') return ownerId === null ? 'code' : 'notice';
  return ownerId !== null && ownerId === last.accountId ? 'code' : 'nothing';
}
