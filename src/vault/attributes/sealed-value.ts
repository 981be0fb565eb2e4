import type { Sealer } from '../../platform/keys/encryption.ts';
import { openAccountSealer, type KeyWrapping } from '../keys/account-key.ts';
import { oncePerRequest } from '../keys/once-per-request.ts';
import type { AttributeRow, SealedAttributes } from './attribute-store.ts';
import type { Attribute, AttributeValue } from './attribute.ts';

/** The plain content of a sealed value. */
export interface ValueContent {
  readonly value: AttributeValue;
  readonly label: string | null;
}

/** The row of a value; its ciphertext cannot be opened in another row. */
type ValuePlace = Pick<AttributeRow, 'id' | 'accountId' | 'claim'>;

/** Seals a value and its label for one row. */
export function sealValue(sealer: Sealer, place: ValuePlace, content: ValueContent): Buffer {
  return sealer.seal(JSON.stringify(content), valueContext(place));
}

/**
 * Opens one row, once per request.
 * @throws Error when the ciphertext was made for another row, claim or account.
 */
export function openAttribute(sealer: Sealer, row: AttributeRow): Attribute {
  const { id, claim, sealedValue, isDefault, verifiedAt, createdAt, updatedAt } = row;
  const context = valueContext(row);
  const content = oncePerRequest(
    context,
    sealedValue,
    () => JSON.parse(sealer.open(sealedValue, context).toString('utf8')) as ValueContent,
  );
  const isVerified = verifiedAt !== null;
  return { id, claim, ...content, isVerified, verifiedAt, isDefault, createdAt, updatedAt };
}

/** Opens all values of an account; none when its key was destroyed. */
export function openAttributes(
  wrapping: KeyWrapping,
  accountId: string,
  sealed: SealedAttributes | null,
): Attribute[] {
  const sealer = sealed === null ? null : openAccountSealer(wrapping, accountId, sealed.key);
  if (sealed === null || sealer === null) return [];
  return sealed.rows.map((row) => openAttribute(sealer, row));
}

/** The context to which a value is bound: it cannot be opened in another row, claim or account. */
export function valueContext({ accountId, id, claim }: ValuePlace): string {
  return `attributes:sealed_value:${accountId}:${id}:${claim}`;
}
