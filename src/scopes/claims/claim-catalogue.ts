import { type Locale, type Localized, textIn } from '../../platform/languages.ts';
import { toDefinition, type CustomClaim } from '../custom-claims/custom-claim.ts';
import type { ClaimDefinition } from './claim-definition.ts';
import { isStandardClaim, RECORDS_PREFIX } from './claim-registry.ts';

/** Every claim that people can keep, at one moment: the standard ones and those of this installation. */
export interface ClaimCatalogue {
  /** Retired claims are included, because stored values and the history need their titles. */
  find(name: string): ClaimDefinition | undefined;
  /** The name on pages of everything that can be released: also of values that the server derives, and of records. */
  titleOf(name: string, locale: Locale): string;
  /** Claims that can be kept and requested now, in the order of pages: standard ones first. */
  readonly live: readonly ClaimDefinition[];
  /** Claims that administrators defined, retired ones too. */
  readonly custom: readonly CustomClaim[];
}

/** The claims of every installation, with their texts. */
export interface StandardClaims {
  readonly claims: readonly ClaimDefinition[];
  /** The names of values that people do not keep themselves but that an app can read. */
  readonly derived: ReadonlyMap<string, Localized>;
  readonly answers: NonNullable<ClaimDefinition['answers']>;
}

/** Adds the claims of this installation to the standard ones; a standard one always wins. */
export function buildClaimCatalogue(
  rows: readonly CustomClaim[],
  standard: StandardClaims,
): ClaimCatalogue {
  const custom = rows.filter(({ name }) => !isStandardClaim(name));
  const own = custom.map((claim) => toDefinition(claim, standard.answers));
  const definitions = [...standard.claims, ...own];
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return {
    find: (name: string) => byName.get(name),
    titleOf(name, locale) {
      const derived = name.startsWith(RECORDS_PREFIX) ? RECORDS_PREFIX : name;
      const title = byName.get(name)?.title ?? standard.derived.get(derived);
      return title === undefined ? name : textIn(title, locale);
    },
    live: definitions.filter(({ retiredAt }) => retiredAt === null),
    custom,
  };
}
