import { randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { Attribute } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { codeError, checkCode } from './check-code.ts';
import { issueCode } from './issue-code.ts';
import { noticeAddresses } from '../notify-account-owner.ts';
import type { Address } from './proof-code.ts';
import { proveAttribute } from './prove-attribute.ts';

interface RequestAttributeCodeInput extends FromBrowser {
  readonly accountId: string;
  readonly attributeId: string;
  readonly locale: string;
  readonly ip: string;
}

interface ConfirmAttributeInput {
  readonly accountId: string;
  readonly attributeId: string;
  readonly code: string;
  readonly locale: string;
  readonly ip: string;
}

/**
 * Sends a code to an e-mail or phone number the person has added. If another account has proven it already, its owner gets a
 * notice instead, and the person sees no difference. Where proven addresses are transferred, the code is sent all the same.
 * @throws AppError `attribute_not_found`, `already_verified`, `code_cooldown`, `claim_not_verifiable`, `sms_off`.
 */
export async function requestAttributeCode(
  ctx: AuthenticationContext,
  input: RequestAttributeCodeInput,
): Promise<void> {
  const { accountId, attributeId, locale, ip, deviceId = null } = input;
  await limitRequests(ctx, 'attribute-code', [ip, accountId]);
  const attribute = await ctx.vault.findAttribute({ accountId, attributeId });
  const address = addressOf(ctx, attribute);
  if (attribute.isVerified) throw new AppError('conflict', 'already_verified');
  if (address.kind === 'phone_number') await limitRequests(ctx, 'sms', [ip, accountId]);
  const owner = await ctx.vault.findIdentifier(address);
  const account = await ctx.accounts.read(owner?.accountId ?? randomUUID());
  const isTaken = owner !== null && !ctx.transferProvenAddresses;
  await ctx.db.transaction((tx) =>
    issueCode(ctx, tx, {
      flowId: attributeId,
      purpose: 'attribute',
      accountId,
      address,
      locale: isTaken ? (account?.locale ?? locale) : locale,
      send: isTaken ? 'notice' : 'code',
      field: 'code',
      deviceId,
    }),
  );
}

/**
 * Proves an added e-mail or phone number by its code; the addresses proven before get a notice.
 * @throws AppError the code's errors as {@link confirmRegistration}, `value_changed`, `address_taken`.
 */
export async function confirmAttribute(
  ctx: AuthenticationContext,
  input: ConfirmAttributeInput,
): Promise<void> {
  const { accountId, attributeId, code, ip, locale } = input;
  await limitRequests(ctx, 'code', [ip, accountId]);
  const notified = await noticeAddresses(ctx, accountId);
  const outcome = await ctx.db.transaction(async (tx) => {
    const result = await checkCode(ctx, tx, {
      flowId: attributeId,
      purpose: 'attribute',
      code,
      accountId,
    });
    if (result.kind !== 'right') return result;
    await proveAttribute(ctx, tx, { ...result, accountId, attributeId, notified, locale });
    return result;
  });
  if (outcome.kind !== 'right') throw codeError(outcome);
}

function addressOf({ sms }: AuthenticationContext, { claim, value }: Attribute): Address {
  const isAddress = claim === 'email' || claim === 'phone_number';
  if (!isAddress || typeof value !== 'string') {
    throw new AppError('invalid', 'claim_not_verifiable');
  }
  if (claim === 'phone_number' && !sms.isOn) throw new AppError('conflict', 'sms_off');
  return { kind: claim, value };
}
