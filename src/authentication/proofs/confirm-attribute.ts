import { randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { Attribute } from '../../vault/index.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { codeError, guessCode } from './guess-code.ts';
import { issueCode } from './issue-code.ts';
import { provenEmails } from '../notify-account-owner.ts';
import type { Address } from './one-time-code-store.ts';
import { proveAttribute } from './prove-attribute.ts';

export interface RequestAttributeCodeInput extends FromBrowser {
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
 * Sends a code to an e-mail or phone number the person has added. If another account has proven it already, its holder gets a
 * notice instead, and the person sees no difference. Where proved control wins, the code is sent all the same.
 */
export async function requestAttributeCode(
  parts: AuthenticationParts,
  input: RequestAttributeCodeInput,
): Promise<void> {
  const { accountId, attributeId, locale, ip, deviceId = null } = input;
  await parts.rateLimiter.consume({
    name: 'attribute-code',
    key: [ip, accountId],
    points: 30,
    perSeconds: 600,
  });
  const attribute = await parts.vault.findAttribute({ accountId, attributeId });
  const address = addressOf(parts, attribute);
  if (attribute.isVerified) throw new AppError('conflict', 'already_verified');
  if (address.kind === 'phone_number') await limitSms(parts, [ip, accountId]);
  const owner = await parts.vault.findIdentifier(address);
  const holder = await parts.accounts.find(owner?.accountId ?? randomUUID());
  const isTaken = owner !== null && !parts.transferProvenAddresses;
  await parts.db.transaction((tx) =>
    issueCode(parts, tx, {
      flowId: attributeId,
      purpose: 'attribute',
      accountId,
      address,
      locale: isTaken ? (holder?.locale ?? locale) : locale,
      send: isTaken ? 'notice' : 'code',
      field: 'code',
      deviceId,
    }),
  );
}

/** Proves an added e-mail or phone number by its code; the addresses proven before get a notice. */
export async function confirmAttribute(
  parts: AuthenticationParts,
  input: ConfirmAttributeInput,
): Promise<void> {
  const { accountId, attributeId, code, ip, locale } = input;
  await parts.rateLimiter.consume({
    name: 'code',
    key: [ip, accountId],
    points: 60,
    perSeconds: 600,
  });
  const told = await provenEmails(parts, accountId);
  const outcome = await parts.db.transaction(async (tx) => {
    const guess = await guessCode(parts, tx, {
      flowId: attributeId,
      purpose: 'attribute',
      code,
      accountId,
    });
    if (guess.kind !== 'right') return guess;
    await proveAttribute(parts, tx, { ...guess, accountId, attributeId, told, locale });
    return guess;
  });
  if (outcome.kind !== 'right') throw codeError(outcome);
}

/**
 * Text messages cost money: few for each network and each account, to any numbers. Messages to one number are counted with the
 * other messages of strangers.
 * @throws AppError `rate_limited`.
 */
export async function limitSms(
  { rateLimiter }: Pick<AuthenticationParts, 'rateLimiter'>,
  key: readonly string[],
): Promise<void> {
  await rateLimiter.consume({ name: 'sms', key, points: 10, perSeconds: 3_600 });
}

function addressOf({ sms }: AuthenticationParts, { claim, value }: Attribute): Address {
  const isAddress = claim === 'email' || claim === 'phone_number';
  if (!isAddress || typeof value !== 'string') {
    throw new AppError('invalid', 'claim_not_verifiable');
  }
  if (claim === 'phone_number' && !sms.isOn) throw new AppError('conflict', 'sms_off');
  return { kind: claim, value };
}
