import type { Sealer } from '../../platform/keys/encryption.ts';
import { valueContext } from '../keys/account-key.ts';
import type { AttributeValue } from './attribute.ts';

/** The plain content of a sealed value. */
export interface SealedContent {
  readonly value: AttributeValue;
  readonly label: string | null;
}

/** The place of a value; it opens nowhere else. */
export interface ValuePlace {
  readonly accountId: string;
  readonly attributeId: string;
  readonly claim: string;
}

/** Seals a value and its label for one row. */
export function sealContent(sealer: Sealer, place: ValuePlace, content: SealedContent): Buffer {
  return sealer.seal(JSON.stringify(content), valueContext(place));
}

/** Opens one row. @throws Error when the ciphertext was made for another row, claim or account. */
export function openContent(
  sealer: Sealer,
  row: ValuePlace & { readonly sealedValue: Buffer },
): SealedContent {
  const text = sealer.open(row.sealedValue, valueContext(row)).toString('utf8');
  return JSON.parse(text) as SealedContent;
}
