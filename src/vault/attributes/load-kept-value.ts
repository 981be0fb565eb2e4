import type { Attribute, AttributeRef } from './attribute.ts';
import type { ClaimDefinition } from '../../scopes/index.ts';
import type { Vault } from '../index.ts';

/** A value with the definition of its claim. @throws AppError `attribute_not_found`. */
export async function loadKeptValue(
  vault: Pick<Vault, 'findAttribute' | 'claims'>,
  ref: AttributeRef,
): Promise<{ kept: Attribute; definition: ClaimDefinition }> {
  const kept = await vault.findAttribute(ref);
  const definition = (await vault.claims()).find(kept.claim);
  if (definition === undefined) throw new Error(`a value of the unknown claim ${kept.claim}`);
  return { kept, definition };
}
