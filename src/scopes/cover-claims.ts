import type { Catalogue, DataScope } from './scope.ts';

/** A search stops after this many steps with the best set so far. Catalogues whose permissions hardly overlap need a few. */
const MOST_STEPS = 2_000;

interface Candidate {
  readonly name: string;
  /** The wanted claims in it. */
  readonly covered: ReadonlySet<string>;
  /** The number of all claims in it. */
  readonly size: number;
}

/**
 * The data scopes that an app needs for these claims, in the order of the catalogue: those of `current` that contain one of the claims, because
 * the app sends them already, and the smallest set of others that contains the rest. Of equally small sets it is the one with the fewest claims
 * that are not wanted. A claim that no live scope contains is ignored.
 */
export function coverClaims(
  claims: Iterable<string>,
  catalogue: Pick<Catalogue, 'dataScopes' | 'permittedClaims'>,
  current: readonly string[] = [],
): readonly string[] {
  const wanted = new Set(claims);
  const candidates = catalogue.dataScopes.flatMap((scope) => toCandidate(scope, wanted, catalogue));
  const kept = candidates.filter(({ name }) => current.includes(name));
  const uncovered = [...wanted].filter((claim) => candidates.some((one) => one.covered.has(claim)));
  const rest = uncovered.filter((claim) => !kept.some(({ covered }) => covered.has(claim)));
  const chosen = new Set([...kept, ...smallestCover(rest, candidates)].map(({ name }) => name));
  return candidates.filter(({ name }) => chosen.has(name)).map(({ name }) => name);
}

function toCandidate(
  { name }: DataScope,
  wanted: ReadonlySet<string>,
  catalogue: Pick<Catalogue, 'permittedClaims'>,
): readonly Candidate[] {
  const decided = catalogue.permittedClaims([name]);
  const covered = new Set(decided.filter((claim) => wanted.has(claim)));
  return covered.size === 0 ? [] : [{ name, covered, size: decided.length }];
}

/** Tries for the claim with the fewest scopes each of them, and so on for the rest; longer sets than the best so far are left out. */
function smallestCover(
  claims: readonly string[],
  candidates: readonly Candidate[],
): readonly Candidate[] {
  let best: readonly Candidate[] | null = null;
  let steps = 0;
  const search = (open: readonly string[], chosen: readonly Candidate[]): void => {
    steps += 1;
    if (open.length === 0) {
      if (best === null || isSmaller(chosen, best)) best = chosen;
      return;
    }
    // One more is needed at least.
    if (best !== null && (chosen.length >= best.length || steps > MOST_STEPS)) return;
    const options = open
      .map((claim) => candidates.filter(({ covered }) => covered.has(claim)))
      .reduce((one, other) => (other.length < one.length ? other : one));
    const usefulFirst = options.toSorted((one, other) => gain(other, open) - gain(one, open));
    for (const option of usefulFirst) {
      search(
        open.filter((claim) => !option.covered.has(claim)),
        [...chosen, option],
      );
    }
  };
  search(claims, []);
  return best ?? [];
}

function gain({ covered }: Candidate, open: readonly string[]): number {
  return open.filter((claim) => covered.has(claim)).length;
}

function isSmaller(one: readonly Candidate[], other: readonly Candidate[]): boolean {
  if (one.length !== other.length) return one.length < other.length;
  return sizeOf(one) < sizeOf(other);
}

function sizeOf(scopes: readonly Candidate[]): number {
  return scopes.reduce((sum, { size }) => sum + size, 0);
}
