import { randomUUID } from 'node:crypto';

import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import type { FromBrowser } from '../sign-in/browser.ts';
import { issueCode, type IssueCodeInput } from './issue-code.ts';
import type { Address } from './proof-code.ts';
import { addressOf } from './parse-address.ts';

/** A request of a code for an address, by a person who is not signed in. */
export interface RequestCodeInput extends FromBrowser {
  /** An e-mail or a phone number. */
  readonly identifier: string;
  readonly locale: string;
  readonly ip: string;
  /** The interaction that the link in the mail continues. */
  readonly interactionUid?: string;
}

/** The account that a code would sign in. */
interface CodeReceiver {
  /** Null: none yet. */
  readonly accountId: string | null;
  readonly send: IssueCodeInput['send'];
  /** The language of the owner, if there is one. */
  readonly locale: string | null;
}

/**
 * Sends a code that signs in without a password; for an unknown address it makes the account that the first right code activates.
 * The owner of an account that cannot be used gets a message without a code.
 *
 * The same is done for every address, down to a temporary account that is removed within a day.
 * @returns what {@link confirmRegistration} takes.
 */
export async function requestSignInCode(
  ctx: AuthenticationContext,
  input: RequestCodeInput,
): Promise<{ registrationId: string }> {
  const { ip, locale, deviceId = null, interactionUid = null } = input;
  await limitRequests(ctx, 'sign-in-code', ip);
  const address = addressOf(ctx, input.identifier);
  if (address.kind === 'phone_number') await limitRequests(ctx, 'sms', [ip]);
  const receiver = await receiverOf(ctx, address);
  return ctx.db.transaction(async (tx) => {
    const { id: newcomer } = await ctx.accounts.create(tx, { status: 'temporary', locale });
    await ctx.vault.createTemporaryKey(tx, newcomer);
    const { kind: claim, value } = address;
    const { id: flowId } = await ctx.vault.addAttributeIn(tx, {
      accountId: newcomer,
      claim,
      value,
    });
    await issueCode(ctx, tx, {
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

/** The account that a code for this address signs in; found by the same queries for every address. */
export async function receiverOf(
  ctx: AuthenticationContext,
  address: Address,
): Promise<CodeReceiver> {
  const owner = await ctx.vault.findIdentifier(address);
  const ownerId = owner?.accountId ?? randomUUID();
  const account = await ctx.accounts.read(ownerId);
  const locale = account?.locale ?? null;
  if (owner === null) return { accountId: null, send: 'code', locale };
  if (account?.status !== 'active') return { accountId: null, send: 'notice', locale };
  return { accountId: ownerId, send: 'code', locale };
}
