import { randomUUID } from 'node:crypto';

import type { AuthenticationParts } from '../authentication-parts.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { limitSms } from './confirm-attribute.ts';
import { issueCode, type IssueCodeInput } from './issue-code.ts';
import type { Address } from './one-time-code-store.ts';
import { createPasswordStore } from '../passwords/password-store.ts';
import { addressOf } from './typed-address.ts';

export interface RequestSignInCodeInput extends FromBrowser {
  /** An e-mail or a phone number. */
  readonly identifier: string;
  readonly locale: string;
  readonly ip: string;
  /** The interaction that the link in the mail continues. */
  readonly interactionUid?: string;
}

/** The account that a code would sign in. */
export interface CodeReceiver {
  /** Null: none yet. */
  readonly accountId: string | null;
  readonly send: IssueCodeInput['send'];
  /** Of the holder, when there is one. */
  readonly locale: string | null;
}

/**
 * Sends a code that signs in without a password; for an unknown address it makes the account that the first right code activates.
 * A person with a password gets a mail that refers to it: a code alone must not be a way around the password.
 *
 * The same is done for every address, down to a temporary account that is removed within a day.
 * @returns what {@link confirmRegistration} takes.
 */
export async function requestSignInCode(
  parts: AuthenticationParts,
  input: RequestSignInCodeInput,
): Promise<{ registrationId: string }> {
  const { ip, locale, deviceId = null, interactionUid = null } = input;
  await parts.rateLimiter.consume({ name: 'sign-in-code', key: ip, points: 30, perSeconds: 600 });
  const address = addressOf(parts, input.identifier);
  if (address.kind === 'phone_number') await limitSms(parts, [ip]);
  const receiver = await receiverOf(parts, address);
  return parts.db.transaction(async (tx) => {
    const { id: newcomer } = await parts.accounts.create(tx, { status: 'temporary', locale });
    await parts.vault.createTemporaryKey(tx, newcomer);
    const { kind: claim, value } = address;
    const { id: flowId } = await parts.vault.addAttributeIn(tx, {
      accountId: newcomer,
      claim,
      value,
    });
    await issueCode(parts, tx, {
      flowId,
      purpose: 'sign_in',
      accountId: receiver.accountId ?? newcomer,
      address,
      locale: receiver.send === 'notice' ? (receiver.locale ?? locale) : locale,
      send: receiver.send,
      field: 'identifier',
      deviceId,
      interactionUid,
    });
    return { registrationId: flowId };
  });
}

/** Whom a code for this address signs in; found by the same queries for every address. */
export async function receiverOf(
  parts: AuthenticationParts,
  address: Address,
): Promise<CodeReceiver> {
  const owner = await parts.vault.findIdentifier(address);
  const ownerId = owner?.accountId ?? randomUUID();
  const account = await parts.accounts.find(ownerId);
  const hash = await createPasswordStore(parts.db).find(ownerId);
  const locale = account?.locale ?? null;
  if (owner === null) return { accountId: null, send: 'code', locale };
  if (account?.status !== 'active') return { accountId: null, send: 'nothing', locale };
  if (hash !== null) return { accountId: null, send: 'notice', locale };
  return { accountId: ownerId, send: 'code', locale };
}
