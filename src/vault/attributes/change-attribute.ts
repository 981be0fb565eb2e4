import { AppError } from '../../platform/app-error.ts';
import { type ClaimCatalogue, findClaimDefinition } from '../../scopes/index.ts';
import type { VaultContext } from '../context.ts';
import { reserveUsername, USERNAME_CLAIM } from '../usernames/reserve-username.ts';
import { editableDefinition, refuseDuplicate } from './add-attribute.ts';
import { createAttributeStore } from './attribute-store.ts';
import { checkLabel, checkValue, isSameValue } from './attribute-value.ts';
import { pick, type Attribute, type AttributeRef, type AttributeValue } from './attribute.ts';
import { changeAccount, type LockedAccount } from './change-account.ts';
import { refuseTooYoung } from './minimum-age.ts';
import { sealValue, type ValueContent } from './sealed-value.ts';

interface ValueChange {
  readonly attributeId: string;
  readonly value?: AttributeValue;
  /** Null or empty removes the label; absent leaves it. */
  readonly label?: string | null;
}

/**
 * Changes one value, its label, or both. Apps that were given this value get the new one at their next read. A verified
 * value cannot be changed, because the verification belongs to the value; the person adds another value instead.
 * @throws AppError as `addAttribute`, and `attribute_not_found`, `verified_value_fixed`.
 */
export async function changeAttribute(
  ctx: VaultContext,
  { accountId, ...change }: ValueChange & Pick<AttributeRef, 'accountId'>,
): Promise<Attribute> {
  const claims = await ctx.scopes.claims();
  return changeAccount(ctx, accountId, (account) =>
    changeValue(ctx, account, { ...change, claims }),
  );
}

/** Changes one value of a locked account. */
export async function changeValue(
  ctx: VaultContext,
  account: LockedAccount,
  { claims, ...change }: ValueChange & { readonly claims: ClaimCatalogue },
): Promise<Attribute> {
  const { tx, accountId, sealer, attributes } = account;
  const before = pick(attributes, change.attributeId);
  const { id, claim } = before;
  const content = contentAfter(claims, account, change);
  if (change.value !== undefined) refuseTooYoung(ctx, claim, content.value);
  const updatedAt = ctx.clock.now();
  const after = { ...before, ...content, updatedAt };
  const sealedValue = sealValue(sealer, { accountId, id, claim }, content);
  await createAttributeStore(tx).updateValue({ id, accountId, updatedAt, sealedValue });
  if (claim === USERNAME_CLAIM && after.value !== before.value) {
    await reserveUsername(ctx, account, after);
  }
  await ctx.audit.record(tx, {
    kind: 'attribute.changed',
    accountId,
    details: { claim, attributeId: id },
  });
  return after;
}

function contentAfter(
  claims: ClaimCatalogue,
  { attributes }: LockedAccount,
  change: ValueChange,
): ValueContent {
  const before = pick(attributes, change.attributeId);
  const label = change.label === undefined ? before.label : checkLabel(change.label);
  if (change.value === undefined) return { value: before.value, label };
  const definition = editableDefinition(claims, before.claim);
  const value = checkValue(definition, change.value);
  if (before.isVerified) {
    if (isSameValue(definition.kind, before.value, value)) return { value: before.value, label };
    throw new AppError('conflict', 'verified_value_fixed', {
      fields: { value: 'verified_value_fixed' },
    });
  }
  const others = attributes.filter(({ id }) => id !== before.id);
  refuseDuplicate(definition, others, value);
  return { value, label };
}

/**
 * Makes a value the default. Apps that were given another value keep that.
 * @throws AppError `attribute_not_found`, `value_unverified` for an e-mail or phone that is not verified.
 */
export async function makeDefault(
  ctx: VaultContext,
  { accountId, attributeId }: AttributeRef,
): Promise<void> {
  await changeAccount(ctx, accountId, async ({ tx, attributes }) => {
    const { id, claim, isVerified } = pick(attributes, attributeId);
    if (findClaimDefinition(claim)?.isVerifiable === true && !isVerified) {
      throw new AppError('conflict', 'value_unverified');
    }
    await createAttributeStore(tx).makeDefault({ id, accountId, claim });
  });
}
