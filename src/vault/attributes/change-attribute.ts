import { AppError } from '../../platform/app-error.ts';
import { editableDefinition, refuseDuplicate } from './add-attribute.ts';
import { checkLabel, checkValue, isSameValue } from './attribute-value.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { Attribute, AttributeRef, AttributeValue } from './attribute.ts';
import { reserveUsername, USERNAME_CLAIM } from '../usernames/reserve-username.ts';
import { lockAttributes, pick } from './list-attributes.ts';
import { refuseTooYoung } from './minimum-age.ts';
import { sealContent, type SealedContent } from './sealed-value.ts';
import type { VaultContext } from '../context.ts';
import type { ClaimCatalogue } from '../../scopes/index.ts';

export interface ChangeAttributeInput extends AttributeRef {
  readonly value?: AttributeValue;
  /** Null or empty removes the label; absent leaves it. */
  readonly label?: string | null;
}

/**
 * Changes one value or its label. Apps that were given this value see the new one at their next read.
 * The mark "proven" belongs to the value, so a proven value stays as it is.
 */
export async function changeAttribute(
  ctx: VaultContext,
  input: ChangeAttributeInput,
): Promise<Attribute> {
  const { accountId, attributeId } = input;
  const claims = await ctx.catalogue.current();
  return ctx.db.transaction(async (tx) => {
    const { sealer, attributes } = await lockAttributes(ctx, tx, accountId);
    const before = pick(attributes, attributeId);
    const after = applyChange({ before, attributes, claims }, input);
    if (input.value !== undefined) refuseTooYoung(ctx, before.claim, after.value);
    const updatedAt = ctx.clock.now();
    await createAttributeStore(tx).updateValue({
      id: attributeId,
      accountId,
      updatedAt,
      sealedValue: sealContent(sealer, { accountId, attributeId, claim: before.claim }, after),
    });
    if (before.claim === USERNAME_CLAIM && after.value !== before.value) {
      const { value } = after;
      await reserveUsername(ctx, tx, { accountId, attributeId, value, attributes });
    }
    await ctx.audit.record(tx, {
      kind: 'attribute.changed',
      accountId,
      details: { claim: before.claim, attributeId },
    });
    await ctx.feed.publish(tx, 'vault', accountId);
    return Object.freeze({ ...before, ...after, updatedAt });
  });
}

interface Situation {
  readonly before: Attribute;
  readonly attributes: readonly Attribute[];
  readonly claims: ClaimCatalogue;
}

function applyChange(
  { before, attributes, claims }: Situation,
  input: ChangeAttributeInput,
): SealedContent {
  const label = input.label === undefined ? before.label : checkLabel(input.label);
  if (input.value === undefined) return { value: before.value, label };
  const definition = editableDefinition(claims, before.claim);
  const value = checkValue(definition, input.value);
  if (isSameValue(definition.kind, before.value, value) && before.isVerified) {
    return { value: before.value, label };
  }
  if (before.isVerified) {
    throw new AppError('conflict', 'verified_value_fixed', {
      fields: { value: 'verified_value_fixed' },
    });
  }
  const others = attributes.filter(({ id, claim }) => id !== before.id && claim === before.claim);
  refuseDuplicate(definition, others, value);
  return { value, label };
}
