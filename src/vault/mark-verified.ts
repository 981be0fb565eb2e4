import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { Attribute, AttributeRef } from './attribute.ts';
import { findClaimDefinition } from './claim-definitions.ts';
import { identifierIndex } from './find-identifier.ts';
import { createIdentifierStore } from './identifier-store.ts';
import { isSameValue } from './attribute-value.ts';
import { lockAttributes, pick } from './list-attributes.ts';
import type { VaultParts } from './vault-parts.ts';

export interface MarkVerifiedInput extends AttributeRef {
  /** What was proven; when the attribute has another value by now, nothing is proven. */
  readonly value: string;
}

/** Marks a value proven and makes it an identifier; a proven one also takes the default from one that is not. */
export async function markVerified(
  parts: VaultParts,
  tx: Database,
  input: MarkVerifiedInput,
): Promise<void> {
  const { accountId, attributeId } = input;
  const { attributes } = await lockAttributes(parts, tx, accountId);
  const attribute = pick(attributes, attributeId);
  const kind = kindOf(attribute);
  if (!isSameValue(kind, attribute.value, input.value)) {
    throw new AppError('conflict', 'value_changed');
  }
  if (attribute.isVerified) return;
  const verifiedAt = parts.clock.now();
  const isClaimed = await createIdentifierStore(tx).claim({
    kind,
    blindIndex: identifierIndex(parts.identifierKey, { kind, value: input.value }),
    accountId,
    attributeId,
    verifiedAt,
  });
  if (!isClaimed) throw new AppError('conflict', 'address_taken');
  const store = createAttributeStore(tx);
  await store.setVerified({ id: attributeId, accountId, verifiedAt });
  const isDefaultProven = attributes.some(
    (other) => other.claim === attribute.claim && other.isDefault && other.isVerified,
  );
  if (!isDefaultProven) {
    await store.makeDefault({ id: attributeId, accountId, claim: attribute.claim });
  }
  await parts.audit.record(tx, {
    kind: 'attribute.verified',
    accountId,
    details: { claim: attribute.claim, attributeId },
  });
  await parts.feed.publish(tx, 'vault', accountId);
}

function kindOf({ claim }: Attribute): 'email' | 'phone_number' {
  if (
    findClaimDefinition(claim)?.isVerifiable === true &&
    (claim === 'email' || claim === 'phone_number')
  ) {
    return claim;
  }
  throw new AppError('invalid', 'claim_not_verifiable');
}
