import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { Attribute, AttributeRef } from './attribute.ts';
import { findClaimDefinition } from '../../scopes/index.ts';
import { identifierIndex } from '../identifiers/find-identifier.ts';
import { createIdentifierStore, type IdentifierRow } from '../identifiers/identifier-store.ts';
import { isSameValue } from './attribute-value.ts';
import { lockAttributes, pick } from './list-attributes.ts';
import {
  lockHolderToo,
  takeIdentifier,
  type TakenIdentifier,
} from '../identifiers/transfer-identifier.ts';
import type { VaultContext } from '../context.ts';

export interface MarkVerifiedInput extends AttributeRef {
  /** The proven value; when the attribute has another value by now, nothing changes. */
  readonly value: string;
  /** Takes the address from an account that had proven it before this moment. Without it, it stays where it is. */
  readonly takesFromThoseBefore?: Date;
}

export interface MarkedVerified {
  /** The previous holder, if there was one. */
  readonly takenFrom: TakenIdentifier | null;
}

/** Marks a value proven and makes it an identifier; a proven one also takes the default from one that is not. */
export async function markVerified(
  ctx: VaultContext,
  tx: Database,
  input: MarkVerifiedInput,
): Promise<MarkedVerified> {
  const { accountId, attributeId, takesFromThoseBefore: before } = input;
  if (before !== undefined) await lockHolderToo(ctx, tx, input);
  const { attributes } = await lockAttributes(ctx, tx, accountId);
  const attribute = pick(attributes, attributeId);
  const kind = kindOf(attribute);
  if (!isSameValue(kind, attribute.value, input.value)) {
    throw new AppError('conflict', 'value_changed');
  }
  if (attribute.isVerified) return { takenFrom: null };
  const verifiedAt = ctx.clock.now();
  const blindIndex = identifierIndex(ctx.identifierKey, { kind, value: input.value });
  const row: IdentifierRow = { kind, blindIndex, accountId, attributeId, verifiedAt };
  const takenFrom = await claim(ctx, tx, { row, before });
  const store = createAttributeStore(tx);
  await store.setVerified({ id: attributeId, accountId, verifiedAt });
  const isDefaultProven = attributes.some(
    (other) => other.claim === attribute.claim && other.isDefault && other.isVerified,
  );
  if (!isDefaultProven) {
    await store.makeDefault({ id: attributeId, accountId, claim: attribute.claim });
  }
  await ctx.audit.record(tx, {
    kind: 'attribute.verified',
    accountId,
    details: { claim: attribute.claim, attributeId },
  });
  await ctx.feed.publish(tx, 'vault', accountId);
  return { takenFrom };
}

interface Claim {
  readonly row: IdentifierRow;
  readonly before: Date | undefined;
}

async function claim(
  ctx: VaultContext,
  tx: Database,
  { row, before }: Claim,
): Promise<TakenIdentifier | null> {
  const store = createIdentifierStore(tx);
  if (await store.claim(row)) return null;
  if (before === undefined) throw new AppError('conflict', 'address_taken');
  const taken = await takeIdentifier(ctx, tx, { row, before });
  if (!(await store.claim(row))) throw new AppError('conflict', 'address_taken');
  return taken;
}

function kindOf({ claim: name }: Attribute): 'email' | 'phone_number' {
  if (
    findClaimDefinition(name)?.isVerifiable === true &&
    (name === 'email' || name === 'phone_number')
  ) {
    return name;
  }
  throw new AppError('invalid', 'claim_not_verifiable');
}
