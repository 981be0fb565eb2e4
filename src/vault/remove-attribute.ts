import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres.ts';
import { currentRequest } from '../platform/request-context.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { Attribute, AttributeRef } from './attribute.ts';
import { createIdentifierStore } from './identifier-store.ts';
import { lockAttributes, pick } from './list-attributes.ts';
import type { VaultParts } from './vault-parts.ts';

/**
 * Deletes one value; apps that had it get nothing in its place. If it was the default, the oldest of the others
 * (a proven one first) takes over.
 */
export async function removeAttribute(parts: VaultParts, ref: AttributeRef): Promise<Attribute> {
  const { accountId, attributeId } = ref;
  return parts.db.transaction(async (tx) => {
    const { attributes } = await lockAttributes(parts, tx, accountId);
    const removed = pick(attributes, attributeId);
    const identifiers = await createIdentifierStore(tx).listAttributeIds(accountId);
    if (identifiers.includes(attributeId) && identifiers.length === 1) {
      throw new AppError('conflict', 'last_identifier');
    }
    const store = createAttributeStore(tx);
    await store.remove({ id: attributeId, accountId });
    const heir = removed.isDefault ? heirOf(removed, attributes) : undefined;
    if (heir !== undefined) await store.makeDefault({ id: heir.id, accountId, claim: heir.claim });
    await parts.audit.record(tx, {
      kind: 'attribute.removed',
      accountId,
      details: { claim: removed.claim, attributeId },
    });
    await parts.feed.publish(tx, 'vault', accountId);
    if (removed.isVerified && removed.claim === 'email') await tellHolder(parts, tx, removed);
    return removed;
  });
}

// To the address that goes: whoever took the account over cannot read it.
async function tellHolder(parts: VaultParts, tx: Database, { value }: Attribute): Promise<void> {
  if (typeof value !== 'string') return;
  const locale = currentRequest()?.locale ?? 'en';
  await parts.mailer.enqueue(tx, { to: value, template: 'email-removed', locale, values: {} });
}

function heirOf(removed: Attribute, attributes: readonly Attribute[]): Attribute | undefined {
  const others = attributes.filter(({ id, claim }) => claim === removed.claim && id !== removed.id);
  return others.find(({ isVerified }) => isVerified) ?? others[0];
}
