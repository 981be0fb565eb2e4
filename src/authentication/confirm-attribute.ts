import { AppError } from '../platform/app-error.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { codeError, guessCode } from './guess-code.ts';
import { issueCode } from './issue-code.ts';
import { notify, provenEmails } from './notify-holder.ts';

export interface RequestAttributeCodeInput {
  readonly accountId: string;
  readonly attributeId: string;
  readonly locale: string;
  readonly ip: string;
}

export interface ConfirmAttributeInput {
  readonly accountId: string;
  readonly attributeId: string;
  readonly code: string;
  readonly locale: string;
  readonly ip: string;
}

/**
 * Mails a code to an e-mail the person has added. If somebody else has proven it already, that holder gets a mail instead,
 * and the person sees no difference.
 */
export async function requestAttributeCode(
  parts: AuthenticationParts,
  input: RequestAttributeCodeInput,
): Promise<void> {
  const { accountId, attributeId, locale, ip } = input;
  await parts.rateLimiter.consume({
    name: 'attribute-code',
    key: [ip, accountId],
    points: 30,
    perSeconds: 600,
  });
  const { claim, value, isVerified } = await parts.vault.findAttribute({ accountId, attributeId });
  if (claim !== 'email' || typeof value !== 'string') {
    throw new AppError('invalid', 'claim_not_verifiable');
  }
  if (isVerified) throw new AppError('conflict', 'already_verified');
  const owner = await parts.vault.findIdentifier({ kind: 'email', value });
  await parts.db.transaction((tx) =>
    issueCode(parts, tx, {
      flowId: attributeId,
      purpose: 'attribute',
      accountId,
      email: value,
      locale,
      send: owner === null ? 'code' : 'notice',
      field: 'code',
    }),
  );
}

/** Proves an added e-mail by its code; the addresses proven before get a notice. */
export async function confirmAttribute(
  parts: AuthenticationParts,
  input: ConfirmAttributeInput,
): Promise<void> {
  const { accountId, attributeId, code, locale, ip } = input;
  await parts.rateLimiter.consume({
    name: 'code',
    key: [ip, accountId],
    points: 60,
    perSeconds: 600,
  });
  const to = await provenEmails(parts, accountId);
  const outcome = await parts.db.transaction(async (tx) => {
    const guess = await guessCode(parts, tx, {
      flowId: attributeId,
      purpose: 'attribute',
      code,
      accountId,
    });
    if (guess.kind !== 'right') return guess;
    await parts.vault.markVerified(tx, { accountId, attributeId, value: guess.email });
    await notify(parts, tx, {
      to,
      notice: { template: 'email-added', locale, values: { address: guess.email } },
    });
    return guess;
  });
  if (outcome.kind !== 'right') throw codeError(outcome);
}
