import { randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { ClaimCatalogue, ClaimDefinition } from '../../scopes/index.ts';
import type { VaultContext } from '../context.ts';
import { reserveUsername, USERNAME_CLAIM } from '../usernames/reserve-username.ts';
import { createAttributeStore } from './attribute-store.ts';
import { checkLabel, checkValue, isSameValue } from './attribute-value.ts';
import type { Attribute, AttributeValue } from './attribute.ts';
import { changeAccount, type LockedAccount } from './change-account.ts';
import { refuseTooYoung } from './minimum-age.ts';
import { sealValue, type ValueContent } from './sealed-value.ts';

interface AddAttributeInput {
  readonly accountId: string;
  readonly claim: string;
  readonly value: AttributeValue;
  readonly label?: string | null;
}

/** Maximum number of values of one claim, and of one account. */
const MOST_PER_CLAIM = 20;
/** The maximum number of values of an account, over all claims. */
export const MOST_PER_ACCOUNT = 100;

/**
 * Adds one value. It is not verified yet; the first of its claim is the default.
 * @throws AppError `value_invalid` with `fields` (`value` or one member of an address, `label`), `value_exists`,
 * `too_many_values`, `claim_unknown`, `claim_not_editable`; for a username as {@link reserveUsername}.
 */
export async function addAttribute(
  ctx: VaultContext,
  input: AddAttributeInput,
): Promise<Attribute> {
  const definition = editableDefinition(await ctx.scopes.claims(), input.claim);
  const content = checkContent(ctx, definition, input);
  return changeAccount(ctx, input.accountId, (account) =>
    addValue(ctx, account, { definition, content }),
  );
}

/** As {@link addAttribute}, in the transaction of the caller. */
export function addAttributeIn(
  ctx: VaultContext,
  tx: Database,
  input: AddAttributeInput,
): Promise<Attribute> {
  return addAttribute({ ...ctx, db: tx }, input);
}

/** Adds a checked value to a locked account. */
export async function addValue(
  ctx: VaultContext,
  account: LockedAccount,
  {
    definition,
    content,
  }: {
    readonly definition: ClaimDefinition;
    readonly content: ValueContent;
  },
): Promise<Attribute> {
  refuseTooMany(definition, account.attributes);
  refuseDuplicate(definition, account.attributes, content.value);
  const claim = definition.name;
  const added = await insertValue(ctx, account, { id: randomUUID(), claim, ...content });
  if (claim === USERNAME_CLAIM) await reserveUsername(ctx, account, added);
  return added;
}

/** Writes the row and the event of a new value, without any check. */
export async function insertValue(
  ctx: VaultContext,
  { tx, accountId, sealer, attributes }: LockedAccount,
  { id, claim, value, label }: ValueContent & Pick<Attribute, 'id' | 'claim'>,
): Promise<Attribute> {
  const createdAt = ctx.clock.now();
  const isDefault = !attributes.some((other) => other.claim === claim && other.isDefault);
  const row = { id, claim, isDefault, verifiedAt: null, createdAt, updatedAt: createdAt };
  const sealedValue = sealValue(sealer, { accountId, id, claim }, { value, label });
  await createAttributeStore(tx).insert({ ...row, accountId, sealedValue });
  await ctx.audit.record(tx, {
    kind: 'attribute.added',
    accountId,
    details: { claim, attributeId: id },
  });
  return { ...row, value, label, isVerified: false };
}

/** The value and the label as they are stored. @throws AppError `value_invalid` with `fields`. */
export function checkContent(
  ctx: VaultContext,
  definition: ClaimDefinition,
  { value, label }: { readonly value: AttributeValue; readonly label?: string | null },
): ValueContent {
  const checked = checkValue(definition, value);
  refuseTooYoung(ctx, definition.name, checked);
  return { value: checked, label: checkLabel(label) };
}

/** @throws AppError `claim_unknown`, `claim_not_editable`. */
export function editableDefinition(claims: ClaimCatalogue, claim: string): ClaimDefinition {
  const definition = claims.find(claim);
  if (definition === undefined) throw claimRefusal('claim_unknown');
  if (!definition.isEditable) throw claimRefusal('claim_not_editable');
  return definition;
}

/** The error for a claim of which people cannot write values. */
export function claimRefusal(code: 'claim_unknown' | 'claim_not_editable'): AppError {
  return new AppError('invalid', code, { fields: { claim: code } });
}

function refuseTooMany(definition: ClaimDefinition, attributes: readonly Attribute[]): void {
  const count = attributes.filter(({ claim }) => claim === definition.name).length;
  if (count >= mostOf(definition) || attributes.length >= MOST_PER_ACCOUNT) {
    throw new AppError('conflict', 'too_many_values', { fields: { value: 'too_many_values' } });
  }
}

/** Maximum number of values of a claim. */
export function mostOf({ isMultiple }: ClaimDefinition): number {
  return isMultiple ? MOST_PER_CLAIM : 1;
}

/** @throws AppError `value_exists` when one of the other values of the claim is the same. */
export function refuseDuplicate(
  { name, kind }: ClaimDefinition,
  others: readonly Attribute[],
  value: AttributeValue,
): void {
  if (others.some((other) => other.claim === name && isSameValue(kind, other.value, value))) {
    throw new AppError('conflict', 'value_exists', { fields: { value: 'value_exists' } });
  }
}
