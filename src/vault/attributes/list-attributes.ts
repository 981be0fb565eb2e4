import type { Database } from '../../platform/postgres/postgres.ts';
import type { VaultContext } from '../context.ts';
import { createAttributeStore } from './attribute-store.ts';
import { pick, type Attribute, type AttributeRef } from './attribute.ts';
import { openAttributes } from './sealed-value.ts';

/** All values of an account as stored now, oldest first; none when its key was destroyed. */
export function listAttributes(ctx: VaultContext, accountId: string): Promise<Attribute[]> {
  return listAttributesIn(ctx, ctx.db, accountId);
}

/** As {@link listAttributes}, as `tx` has them. */
export async function listAttributesIn(
  ctx: VaultContext,
  tx: Database,
  accountId: string,
): Promise<Attribute[]> {
  const sealed = await createAttributeStore(tx).findSealed(accountId);
  return openAttributes(ctx, accountId, sealed);
}

/**
 * As {@link listAttributes}, as of at most the freshness bound of the change feed ago: for pages that only show values.
 */
export function recentAttributes(
  { recent }: VaultContext,
  accountId: string,
): Promise<Attribute[]> {
  return recent.list(accountId);
}

/** @throws AppError `attribute_not_found`, also for a value of another account. */
export async function findAttribute(ctx: VaultContext, ref: AttributeRef): Promise<Attribute> {
  return pick(await listAttributes(ctx, ref.accountId), ref.attributeId);
}
