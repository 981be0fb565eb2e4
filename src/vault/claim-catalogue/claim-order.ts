import { CLAIM_DEFINITIONS } from '../index.ts';

/** As the profile lists claims; others come last. */
export function inProfileOrder<T extends { readonly claim: string }>(entries: readonly T[]): T[] {
  return entries.toSorted((one, other) => placeOf(one.claim) - placeOf(other.claim));
}

function placeOf(claim: string): number {
  const place = CLAIM_DEFINITIONS.findIndex(({ name }) => name === claim);
  return place === -1 ? CLAIM_DEFINITIONS.length : place;
}
