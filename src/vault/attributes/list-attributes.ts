import { AppError } from '../../platform/app-error.ts';
import type { Sealer } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createAttributeStore, type AttributeRow } from './attribute-store.ts';
import type { Attribute, AttributeRef } from './attribute.ts';
import { findAccountSealer, lockAccountSealer } from '../keys/find-account-sealer.ts';
import { openContent } from './sealed-value.ts';
import type { VaultContext } from '../context.ts';

/** All values of an account, oldest first; none when its key is gone. */
export async function listAttributes(ctx: VaultContext, accountId: string): Promise<Attribute[]> {
  const sealer = await findAccountSealer(ctx, accountId);
  if (sealer === null) return [];
  const rows = await createAttributeStore(ctx.db).list(accountId);
  return rows.map((row) => openAttribute(sealer, row));
}

/** @throws AppError `attribute_not_found`, also for a value of another account. */
export async function findAttribute(ctx: VaultContext, ref: AttributeRef): Promise<Attribute> {
  return pick(await listAttributes(ctx, ref.accountId), ref.attributeId);
}

/** An account's values while no other change of them can happen. */
export interface LockedAttributes {
  readonly sealer: Sealer;
  readonly attributes: readonly Attribute[];
}

/** Reads for a change: until `tx` ends no other request changes values of this account. */
export async function lockAttributes(
  ctx: VaultContext,
  tx: Database,
  accountId: string,
): Promise<LockedAttributes> {
  const sealer = await lockAccountSealer(ctx, tx, accountId);
  const rows = await createAttributeStore(tx).list(accountId);
  return { sealer, attributes: rows.map((row) => openAttribute(sealer, row)) };
}

/** @throws AppError `attribute_not_found`. */
export function pick(attributes: readonly Attribute[], attributeId: string): Attribute {
  const found = attributes.find(({ id }) => id === attributeId);
  if (found === undefined) throw new AppError('not_found', 'attribute_not_found');
  return found;
}

/** Opens one row. @throws Error when it was sealed for another place. */
export function openAttribute(sealer: Sealer, row: AttributeRow): Attribute {
  const { value, label } = openContent(sealer, { ...row, attributeId: row.id });
  return Object.freeze({
    id: row.id,
    claim: row.claim,
    label,
    value,
    isVerified: row.verifiedAt !== null,
    verifiedAt: row.verifiedAt,
    isDefault: row.isDefault,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  });
}
