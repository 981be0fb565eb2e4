import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { currentRequest } from '../../platform/request-context.ts';
import type { Attribute, AttributeValue } from '../attributes/attribute.ts';
import { identifierIndex } from '../identifiers/find-identifier.ts';
import { createIdentifierStore } from '../identifiers/identifier-store.ts';
import { isReservedUsername } from './reserved-usernames.ts';
import { provenEmails } from '../identifiers/proven-emails.ts';
import type { VaultContext } from '../context.ts';

/** The claim whose values are usernames: each belongs to one account and signs in to it. */
export const USERNAME_CLAIM = 'preferred_username';

/** How often an account may check or try names: enough to find a free one, too few to find out which people have accounts. */
export const USERNAME_LIMIT = { points: 30, perSeconds: 300 } as const;

export interface UsernameInput {
  readonly accountId: string;
  readonly attributeId: string;
  readonly value: AttributeValue;
  /** The account's other values: its e-mails get a notice. */
  readonly attributes: readonly Attribute[];
}

/**
 * Gives a username to this account, in place of the previous one of the attribute; of two accounts at once exactly one gets it. A freed
 * name is kept back for 90 days for the person who had it. The
 * proven e-mails get a notice.
 * @throws AppError `username_taken`, `username_reserved` (field `value`); `rate_limited`: trying names is no faster than
 *   checking them at `/api/v1/usernames`.
 */
export async function reserveUsername(
  ctx: VaultContext,
  tx: Database,
  { accountId, attributeId, value, attributes }: UsernameInput,
): Promise<void> {
  if (typeof value !== 'string') throw new Error('a username is text');
  await ctx.rateLimiter.consume({ name: 'username', key: accountId, ...USERNAME_LIMIT });
  if (isReservedUsername(value)) throw refusal('username_reserved');
  const store = createIdentifierStore(tx);
  await store.release({ accountId, attributeId });
  const isClaimed = await store.claim({
    kind: 'username',
    blindIndex: identifierIndex(ctx.identifierKey, { kind: 'username', value }),
    accountId,
    attributeId,
    verifiedAt: ctx.clock.now(),
  });
  if (!isClaimed) throw refusal('username_taken');
  await tellOfUsername(ctx, tx, { template: 'username-added', value, attributes });
}

/** Mails the proven e-mails of an account about a username that it got or lost. */
export async function tellOfUsername(
  ctx: VaultContext,
  tx: Database,
  notice: Pick<UsernameInput, 'attributes'> & {
    readonly template: 'username-added' | 'username-gone';
    readonly value: string;
  },
): Promise<void> {
  const { template, value, attributes } = notice;
  const locale = currentRequest()?.locale ?? 'en';
  for (const to of provenEmails(attributes)) {
    await ctx.mailer.enqueue(tx, { to, template, locale, values: { address: value } });
  }
}

function refusal(code: 'username_taken' | 'username_reserved'): AppError {
  return new AppError('conflict', code, { fields: { value: code } });
}
