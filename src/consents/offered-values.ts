import { findClaimDefinition, type Attribute } from '../vault/index.ts';

/** Must a value of this claim be verified before an app may have it? */
export function isVerifiable(claim: string): boolean {
  return findClaimDefinition(claim)?.isVerifiable === true;
}

/** The values of a claim that a person may share, the default first. */
export function offeredValues(attributes: readonly Attribute[], claim: string): Attribute[] {
  return attributes
    .filter((attribute) => attribute.claim === claim)
    .filter(({ isVerified }) => isVerified || !isVerifiable(claim))
    .toSorted((one, other) => Number(other.isDefault) - Number(one.isDefault));
}

/** A value as lines of text: an address has several, everything else one. */
export function linesOf(value: Attribute['value']): string[] {
  if (typeof value === 'string') return [value];
  const { street_address: street, postal_code: code, locality, region, country } = value;
  if (value.formatted !== undefined && value.formatted !== '') return splitLines(value.formatted);
  const town = [code, locality].filter(isFilled).join(' ');
  return [...splitLines(street ?? ''), town, region, country].filter(isFilled);
}

function splitLines(text: string): string[] {
  return text.split(/\r?\n/).filter(isFilled);
}

function isFilled(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}
