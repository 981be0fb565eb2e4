import { randomUUID } from 'node:crypto';

import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { checkLabel, checkValue, isSameValue } from './attribute-value.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { Attribute, AttributeValue } from './attribute.ts';
import { reserveUsername, USERNAME_CLAIM } from '../usernames/reserve-username.ts';
import type { ClaimDefinition, ClaimCatalogue } from '../../scopes/index.ts';
import { lockAttributes, type LockedAttributes } from './list-attributes.ts';
import { refuseTooYoung } from './minimum-age.ts';
import { sealContent, type SealedContent } from './sealed-value.ts';
import type { VaultContext } from '../context.ts';

export interface AddAttributeInput {
  readonly accountId: string;
  readonly claim: string;
  readonly value: AttributeValue;
  readonly label?: string | null;
  /** Joins the caller's transaction. */
  readonly tx?: Database;
}

/** Values that one claim, and one account, can have. */
export const MOST_PER_CLAIM = 20;
export const MOST_PER_ACCOUNT = 100;

/** Adds one value. It is not proven yet; the first of its claim is the default. */
export async function addAttribute(
  ctx: VaultContext,
  input: AddAttributeInput,
): Promise<Attribute> {
  const definition = editableDefinition(await ctx.catalogue.current(), input.claim);
  const value = checkValue(definition, input.value);
  refuseTooYoung(ctx, definition.name, value);
  const label = checkLabel(input.label);
  return (input.tx ?? ctx.db).transaction(async (tx) => {
    const locked = await lockAttributes(ctx, tx, input.accountId);
    refuseUnfit(definition, locked.attributes, value);
    const attribute = await insert(tx, locked, {
      accountId: input.accountId,
      definition,
      content: { value, label },
      createdAt: ctx.clock.now(),
    });
    if (definition.name === USERNAME_CLAIM) {
      const { accountId } = input;
      const { attributes } = locked;
      await reserveUsername(ctx, tx, { accountId, attributeId: attribute.id, value, attributes });
    }
    await ctx.audit.record(tx, {
      kind: 'attribute.added',
      accountId: input.accountId,
      details: { claim: definition.name, attributeId: attribute.id },
    });
    await ctx.feed.publish(tx, 'vault', input.accountId);
    return attribute;
  });
}

/** @throws AppError `claim_unknown`, `claim_not_editable`. */
export function editableDefinition(claims: ClaimCatalogue, claim: string): ClaimDefinition {
  const definition = claims.find(claim);
  if (definition === undefined) {
    throw new AppError('invalid', 'claim_unknown', { fields: { claim: 'claim_unknown' } });
  }
  if (!definition.isEditable) {
    throw new AppError('invalid', 'claim_not_editable', {
      fields: { claim: 'claim_not_editable' },
    });
  }
  return definition;
}

function refuseUnfit(
  definition: ClaimDefinition,
  attributes: readonly Attribute[],
  value: AttributeValue,
): void {
  const ofClaim = attributes.filter(({ claim }) => claim === definition.name);
  const most = definition.isMultiple ? MOST_PER_CLAIM : 1;
  if (ofClaim.length >= most || attributes.length >= MOST_PER_ACCOUNT) {
    throw new AppError('conflict', 'too_many_values', { fields: { value: 'too_many_values' } });
  }
  refuseDuplicate(definition, ofClaim, value);
}

/** @throws AppError `value_exists` when one of `others` is the same value. */
export function refuseDuplicate(
  definition: ClaimDefinition,
  others: readonly Attribute[],
  value: AttributeValue,
): void {
  if (others.some((other) => isSameValue(definition.kind, other.value, value))) {
    throw new AppError('conflict', 'value_exists', { fields: { value: 'value_exists' } });
  }
}

interface NewRow {
  readonly accountId: string;
  readonly definition: ClaimDefinition;
  readonly content: SealedContent;
  readonly createdAt: Date;
}

async function insert(tx: Database, locked: LockedAttributes, row: NewRow): Promise<Attribute> {
  const { accountId, content, createdAt } = row;
  const claim = row.definition.name;
  const id = randomUUID();
  const isDefault = !locked.attributes.some((other) => other.claim === claim && other.isDefault);
  await createAttributeStore(tx).insert({
    id,
    accountId,
    claim,
    sealedValue: sealContent(locked.sealer, { accountId, attributeId: id, claim }, content),
    isDefault,
    verifiedAt: null,
    createdAt,
    updatedAt: createdAt,
  });
  return Object.freeze({
    id,
    claim,
    ...content,
    isVerified: false,
    verifiedAt: null,
    isDefault,
    createdAt,
    updatedAt: createdAt,
  });
}
