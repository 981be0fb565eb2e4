import { AppError } from '../../platform/app-error.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { AttributeRef } from './attribute.ts';
import { findClaimDefinition } from '../../scopes/index.ts';
import { lockAttributes, pick } from './list-attributes.ts';
import type { VaultContext } from '../context.ts';

/** Makes a value the one that is offered first. Values that apps were given before do not change. */
export async function makeDefault(ctx: VaultContext, ref: AttributeRef): Promise<void> {
  const { accountId, attributeId } = ref;
  await ctx.db.transaction(async (tx) => {
    const { attributes } = await lockAttributes(ctx, tx, accountId);
    const { claim, isVerified } = pick(attributes, attributeId);
    if (findClaimDefinition(claim)?.isVerifiable === true && !isVerified) {
      throw new AppError('conflict', 'value_unverified');
    }
    await createAttributeStore(tx).makeDefault({ id: attributeId, accountId, claim });
    await ctx.feed.publish(tx, 'vault', accountId);
  });
}
