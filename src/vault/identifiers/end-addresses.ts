import { isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { addAttributeIn } from '../attributes/add-attribute.ts';
import { createAttributeStore } from '../attributes/attribute-store.ts';
import { isSameValue } from '../attributes/attribute-value.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { lockAccount } from '../attributes/change-account.ts';
import { markVerified } from '../attributes/mark-verified.ts';
import { nextDefault } from '../attributes/remove-attribute.ts';
import type { VaultContext } from '../context.ts';

interface EndAddressesInput {
  readonly accountId: string;
  readonly since: Date;
  /** An e-mail that its reader has proven just now. It stays; when the account has lost it, it comes back. */
  readonly kept: string;
}

/**
 * Removes the e-mails and phones that were proven since a moment, and makes sure that `kept` is proven, unless another
 * account has it now.
 */
export async function endAddressesSince(
  ctx: VaultContext,
  tx: Database,
  { accountId, since, kept }: EndAddressesInput,
): Promise<void> {
  await restore(ctx, tx, { accountId, kept });
  let { attributes } = await lockAccount(ctx, tx, accountId);
  const isNew = ({ claim, value, verifiedAt }: Attribute): boolean =>
    (claim === 'email' || claim === 'phone_number') &&
    verifiedAt !== null &&
    verifiedAt >= since &&
    !isSameValue('email', value, kept);
  for (const removed of attributes.filter(isNew)) {
    const { id, claim } = removed;
    const nextDefaultId = nextDefault(removed, attributes)?.id ?? null;
    await createAttributeStore(tx).removeLast({ id, accountId, nextDefaultId });
    await ctx.audit.record(tx, {
      kind: 'attribute.removed',
      accountId,
      details: { claim, attributeId: id },
    });
    attributes = attributes
      .filter((other) => other.id !== id)
      .map((other) => (other.id === nextDefaultId ? { ...other, isDefault: true } : other));
  }
  await ctx.feed.publish(tx, 'vault', accountId);
}

async function restore(
  ctx: VaultContext,
  tx: Database,
  { accountId, kept }: Omit<EndAddressesInput, 'since'>,
): Promise<void> {
  const { attributes } = await lockAccount(ctx, tx, accountId);
  const found = attributes.find(
    ({ claim, value }) => claim === 'email' && isSameValue('email', value, kept),
  );
  if (found?.isVerified === true) return;
  try {
    const added =
      found ?? (await addAttributeIn(ctx, tx, { accountId, claim: 'email', value: kept }));
    await markVerified(ctx, tx, { accountId, attributeId: added.id, value: kept });
  } catch (error) {
    // The address belongs to another account now, or the account is full of other values.
    if (!isAppError(error)) throw error;
  }
}
