import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { currentRequest } from '../../platform/request-context.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { Attribute, AttributeRef } from './attribute.ts';
import { tellOfUsername, USERNAME_CLAIM } from '../usernames/reserve-username.ts';
import { createIdentifierStore } from '../identifiers/identifier-store.ts';
import { lockAttributes, pick } from './list-attributes.ts';
import { provenEmails } from '../identifiers/proven-emails.ts';
import type { VaultContext } from '../context.ts';

/** Was the value deleted before, at the request of the same account? */
export function wasRemoved(
  { audit, db }: Pick<VaultContext, 'audit' | 'db'>,
  { accountId, attributeId }: AttributeRef,
): Promise<boolean> {
  return audit.wasRecorded(db, { kind: 'attribute.removed', accountId, details: { attributeId } });
}

/**
 * Deletes one value; apps that had it get nothing in its place. If it was the default, the oldest of the others
 * (a proven one first) takes over.
 */
export async function removeAttribute(ctx: VaultContext, ref: AttributeRef): Promise<Attribute> {
  const { accountId, attributeId } = ref;
  return ctx.db.transaction(async (tx) => {
    const { attributes } = await lockAttributes(ctx, tx, accountId);
    const removed = pick(attributes, attributeId);
    await refuseLast(tx, ref);
    const store = createAttributeStore(tx);
    await store.remove({ id: attributeId, accountId });
    const heir = removed.isDefault ? heirOf(removed, attributes) : undefined;
    if (heir !== undefined) await store.makeDefault({ id: heir.id, accountId, claim: heir.claim });
    await ctx.audit.record(tx, {
      kind: 'attribute.removed',
      accountId,
      details: { claim: removed.claim, attributeId },
    });
    await ctx.feed.publish(tx, 'vault', accountId);
    await notifyAccountOwner(ctx, tx, { removed, attributes });
    return removed;
  });
}

/** Which of the others becomes the default of the claim. */
export function heirOf(
  removed: Attribute,
  attributes: readonly Attribute[],
): Attribute | undefined {
  const others = attributes.filter(({ id, claim }) => claim === removed.claim && id !== removed.id);
  return others.find(({ isVerified }) => isVerified) ?? others[0];
}

// A username is not enough: nothing can be sent to it, so a forgotten password would be the end.
async function refuseLast(tx: Database, { accountId, attributeId }: AttributeRef): Promise<void> {
  const reachable = (await createIdentifierStore(tx).list(accountId)).filter(
    ({ kind }) => kind !== 'username',
  );
  const isOneOfThem = reachable.some((identifier) => identifier.attributeId === attributeId);
  if (isOneOfThem && reachable.length === 1) throw new AppError('conflict', 'last_identifier');
}

interface Removal {
  readonly removed: Attribute;
  readonly attributes: readonly Attribute[];
}

// Also to the removed address: an intruder who took the account over cannot read mail there.
async function notifyAccountOwner(
  ctx: VaultContext,
  tx: Database,
  { removed, attributes }: Removal,
): Promise<void> {
  const { id, claim, value, isVerified } = removed;
  if (claim === USERNAME_CLAIM && typeof value === 'string') {
    return tellOfUsername(ctx, tx, { template: 'username-gone', value, attributes });
  }
  const isAddress = claim === 'email' || claim === 'phone_number';
  if (!isAddress || !isVerified || typeof value !== 'string') return;
  const locale = currentRequest()?.locale ?? 'en';
  const isPhone = claim === 'phone_number';
  const gone = { to: value, template: isPhone ? 'phone-removed' : 'email-removed', locale };
  if (isPhone) await ctx.sms.enqueue(tx, { ...gone, values: {} });
  else await ctx.mailer.enqueue(tx, { ...gone, values: {} });
  const template = isPhone ? 'phone-gone' : 'email-gone';
  const values = { address: value };
  for (const to of provenEmails(attributes.filter((other) => other.id !== id))) {
    await ctx.mailer.enqueue(tx, { to, template, locale, values });
  }
}
