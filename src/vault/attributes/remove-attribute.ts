import { AppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { VaultContext } from '../context.ts';
import { provenEmails } from '../identifiers/proven-emails.ts';
import { notifyOfUsername, USERNAME_CLAIM } from '../usernames/reserve-username.ts';
import { createAttributeStore } from './attribute-store.ts';
import { pick, type Attribute, type AttributeRef } from './attribute.ts';
import { changeAccount, type LockedAccount } from './change-account.ts';

/** Did the same account delete the value before? Then a repeated request succeeds without effect. */
export function wasRemoved(
  { audit, db }: VaultContext,
  { accountId, attributeId }: AttributeRef,
): Promise<boolean> {
  return audit.wasRecorded(db, { kind: 'attribute.removed', accountId, details: { attributeId } });
}

/**
 * Deletes one value; apps that had it get no other value instead. If it was the default, the oldest of the others (a
 * verified one first) becomes the default.
 * @throws AppError `attribute_not_found`, `last_identifier` for the only verified e-mail or phone.
 */
export async function removeAttribute(
  ctx: VaultContext,
  { accountId, attributeId }: AttributeRef,
): Promise<void> {
  await changeAccount(ctx, accountId, (account) => removeValue(ctx, account, attributeId));
}

/**
 * Deletes one value of a locked account. A username does not count as a way to sign in: no mail reaches it, so the person could
 * not set a new password.
 */
export async function removeValue(
  ctx: VaultContext,
  account: LockedAccount,
  attributeId: string,
): Promise<void> {
  const { tx, accountId, attributes } = account;
  const removed = pick(attributes, attributeId);
  const nextDefaultId = nextDefault(removed, attributes)?.id ?? null;
  const row = { id: attributeId, accountId, nextDefaultId };
  if (!(await createAttributeStore(tx).remove(row))) {
    throw new AppError('conflict', 'last_identifier');
  }
  await ctx.audit.record(tx, {
    kind: 'attribute.removed',
    accountId,
    details: { claim: removed.claim, attributeId },
  });
  await notifyAccountOwner(ctx, account, removed);
}

/** The value that becomes the default of the claim when this one is removed; undefined when this one is not the default. */
export function nextDefault(
  removed: Attribute,
  attributes: readonly Attribute[],
): Attribute | undefined {
  if (!removed.isDefault) return undefined;
  const others = attributes.filter(({ id, claim }) => claim === removed.claim && id !== removed.id);
  return others.find(({ isVerified }) => isVerified) ?? others[0];
}

// The notice is also sent to the removed address, because an intruder in the account may not be able to read mail
// there.
async function notifyAccountOwner(
  ctx: VaultContext,
  account: LockedAccount,
  { id, claim, value, isVerified }: Attribute,
): Promise<void> {
  const { tx, attributes } = account;
  if (claim === USERNAME_CLAIM)
    return notifyOfUsername(ctx, account, { template: 'username-gone', value });
  const isPhone = claim === 'phone_number';
  if (!(isPhone || claim === 'email') || !isVerified || typeof value !== 'string') return;
  const locale = currentLocale();
  const channel = isPhone ? ctx.sms : ctx.mailer;
  const removed = isPhone ? 'phone-removed' : 'email-removed';
  await channel.enqueue(tx, { to: value, template: removed, locale, values: {} });
  const template = isPhone ? 'phone-gone' : 'email-gone';
  const values = { address: value };
  for (const to of provenEmails(attributes.filter((other) => other.id !== id))) {
    await ctx.mailer.enqueue(tx, { to, template, locale, values });
  }
}
