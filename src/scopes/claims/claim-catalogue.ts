import type { ClaimDefinition } from './claim-definition.ts';
import { isStandardClaim } from './claim-registry.ts';
import { toDefinition, type CustomClaim } from '../custom-claims/custom-claim.ts';
import { CLAIM_DEFINITIONS } from './standard-claims.ts';

/** Every claim that people can keep, at one moment: the standard ones and those of this installation. */
export interface ClaimCatalogue {
  /** Retired claims are included, because stored values and the history need their titles. */
  find(name: string): ClaimDefinition | undefined;
  /** Claims that can be kept and requested now, in the order of pages: standard ones first. */
  readonly live: readonly ClaimDefinition[];
  /** Claims that administrators defined, retired ones too. */
  readonly custom: readonly CustomClaim[];
}

/** Adds the claims of this installation to the standard ones; a standard one always wins. */
export function buildClaimCatalogue(rows: readonly CustomClaim[]): ClaimCatalogue {
  const custom = rows.filter(({ name }) => !isStandardClaim(name));
  const definitions = [...CLAIM_DEFINITIONS, ...custom.map(toDefinition)];
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return {
    find: (name: string) => byName.get(name),
    live: definitions.filter(({ retiredAt }) => retiredAt === null),
    custom,
  };
}
