import { AppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { Attribute, AttributeValue } from '../attributes/attribute.ts';
import type { LockedAccount } from '../attributes/change-account.ts';
import type { VaultContext } from '../context.ts';
import { identifierIndex } from '../identifiers/find-identifier.ts';
import { createIdentifierStore } from '../identifiers/identifier-store.ts';
import { provenEmails } from '../identifiers/proven-emails.ts';
import { isReservedUsername } from './reserved-usernames.ts';

/** The claim whose values are usernames: each belongs to one account, which signs in with it. */
export const USERNAME_CLAIM = 'preferred_username';

/**
 * Maximum rate at which an account checks or tries names: enough to find a free name, too low to enumerate accounts.
 */
export const USERNAME_LIMIT = { points: 30, perSeconds: 300 } as const;

/**
 * Gives a username to a locked account, in place of the previous one of the attribute; of two concurrent accounts
 * exactly one gets it. A freed name is quarantined for 90 days. The proven e-mails get a notice.
 * @throws AppError `username_taken`, `username_reserved` (field `value`); `rate_limited`: trying names is no faster than
 *   checking them at `/api/v1/usernames`.
 */
export async function reserveUsername(
  ctx: VaultContext,
  account: LockedAccount,
  { id: attributeId, value }: Pick<Attribute, 'id' | 'value'>,
): Promise<void> {
  if (typeof value !== 'string') throw new Error('a username is text');
  const { tx, accountId } = account;
  await ctx.rateLimiter.consume({ name: 'username', key: accountId, ...USERNAME_LIMIT });
  if (isReservedUsername(value)) throw refusal('username_reserved');
  const store = createIdentifierStore(tx);
  await store.remove({ accountId, attributeId });
  const isReserved = await store.insert({
    kind: 'username',
    blindIndex: identifierIndex(ctx.identifierKey, { kind: 'username', value }),
    accountId,
    attributeId,
    verifiedAt: ctx.clock.now(),
  });
  if (!isReserved) throw refusal('username_taken');
  await notifyOfUsername(ctx, account, { template: 'username-added', value });
}

/** Mails the proven e-mails of an account about a username that it got or lost. */
export async function notifyOfUsername(
  ctx: VaultContext,
  { tx, attributes }: LockedAccount,
  notice: {
    readonly template: 'username-added' | 'username-gone';
    readonly value: AttributeValue;
  },
): Promise<void> {
  const { template, value } = notice;
  if (typeof value !== 'string') return;
  const locale = currentLocale();
  for (const to of provenEmails(attributes)) {
    await ctx.mailer.enqueue(tx, { to, template, locale, values: { address: value } });
  }
}

function refusal(code: 'username_taken' | 'username_reserved'): AppError {
  return new AppError('conflict', code, { fields: { value: code } });
}
