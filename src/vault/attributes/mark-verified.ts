import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { VaultContext } from '../context.ts';
import { identifierIndex } from '../identifiers/find-identifier.ts';
import {
  lockPreviousOwner,
  transferIdentifier,
  type TransferredIdentifier,
} from '../identifiers/transfer-identifier.ts';
import { createAttributeStore } from './attribute-store.ts';
import { isSameValue } from './attribute-value.ts';
import { pick, type AttributeRef } from './attribute.ts';
import { lockAccount } from './change-account.ts';

/**
 * Marks a value verified and makes it an identifier. It also becomes the default when the present default is not verified.
 * @throws AppError `attribute_not_found`, `value_changed`, `claim_not_verifiable`, `address_taken` when another account
 * has proven the address and it is not transferred.
 */
export async function markVerified(
  ctx: VaultContext,
  tx: Database,
  input: AttributeRef & {
    /** The value that the person has proven; if the attribute has another value now, nothing changes. */
    readonly value: string;
    /**
     * Transfers the address from an account that had proven it before this moment. Absent: the address is not
     * transferred.
     */
    readonly transferIfProvenBefore?: Date;
  },
): Promise<{
  /** The address that another account lost, if there was one. */
  readonly transferred: TransferredIdentifier | null;
}> {
  const { accountId, attributeId, value, transferIfProvenBefore: before } = input;
  if (before !== undefined) await lockPreviousOwner(ctx, tx, input);
  const { attributes } = await lockAccount(ctx, tx, accountId);
  const attribute = pick(attributes, attributeId);
  const { claim } = attribute;
  const kind = verifiableKind(claim);
  if (!isSameValue(kind, attribute.value, value)) throw new AppError('conflict', 'value_changed');
  if (attribute.isVerified) return { transferred: null };
  const isDefaultVerified = attributes.some(
    (other) => other.claim === claim && other.isDefault && other.isVerified,
  );
  const row = {
    kind,
    blindIndex: identifierIndex(ctx.identifierKey, { kind, value }),
    accountId,
    attributeId,
    verifiedAt: ctx.clock.now(),
    claim,
    isDefault: !isDefaultVerified,
  };
  const store = createAttributeStore(tx);
  let transferred: TransferredIdentifier | null = null;
  if (!(await store.markVerified(row))) {
    if (before === undefined) throw new AppError('conflict', 'address_taken');
    transferred = await transferIdentifier(ctx, tx, { row, before });
    if (!(await store.markVerified(row))) throw new AppError('conflict', 'address_taken');
  }
  await ctx.audit.record(tx, {
    kind: 'attribute.verified',
    accountId,
    details: { claim, attributeId },
  });
  await ctx.feed.publish(tx, 'vault', accountId);
  return { transferred };
}

function verifiableKind(claim: string): 'email' | 'phone_number' {
  if (claim === 'email' || claim === 'phone_number') return claim;
  throw new AppError('invalid', 'claim_not_verifiable');
}
