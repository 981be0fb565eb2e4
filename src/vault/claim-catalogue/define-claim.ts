import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC, type CustomClaim } from '../../scopes/index.ts';
import type { VaultContext } from '../context.ts';
import { claimNameProblem } from './claim-name.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';
import { customClaimProblems, tidyClaim } from './validate-custom-claim.ts';

const MOST_CLAIMS = 100;

/**
 * Adds a claim of which people can store values from now on. Apps can request it once a permission covers it.
 * @throws AppError `claim_invalid` with `fields`; `claim_name_taken` when the name was ever used, also if retired since;
 * `too_many_claims`.
 */
export async function defineClaim(
  ctx: VaultContext,
  { actorId, ...input }: Omit<CustomClaim, 'retiredAt'> & { readonly actorId: string },
): Promise<CustomClaim> {
  const claim = tidyClaim({ ...input, retiredAt: null });
  const problems = customClaimProblems(claim);
  const nameProblem = claimNameProblem(claim.name);
  if (nameProblem !== null) problems['name'] = nameProblem;
  refuseClaimProblems(problems);
  return changeCatalogue(ctx, async (tx, claims) => {
    const live = claims.filter(({ retiredAt }) => retiredAt === null);
    if (live.length >= MOST_CLAIMS) throw new AppError('conflict', 'too_many_claims');
    const change = { by: actorId, at: ctx.clock.now() };
    if (!(await createCustomClaimStore(tx).insert(claim, change))) {
      throw new AppError('conflict', 'claim_name_taken', { fields: { name: 'claim_name_taken' } });
    }
    await ctx.audit.record(tx, {
      kind: 'claim.defined',
      actorId,
      details: { claim: claim.name, type: claim.kind, sensitivity: claim.sensitivity },
    });
    return claim;
  });
}

/** Changes the catalogue, one change at a time. With the commit every node loads the claims again. */
export function changeCatalogue<T>(
  ctx: VaultContext,
  work: (tx: Database, claims: readonly CustomClaim[]) => Promise<T>,
): Promise<T> {
  return ctx.db.transaction(async (tx) => {
    const store = createCustomClaimStore(tx);
    await store.lock();
    const result = await work(tx, await store.listAll());
    await ctx.feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
    return result;
  });
}

/** @throws AppError `claim_invalid` with the problems, if there are any. */
export function refuseClaimProblems(problems: Record<string, string>): void {
  if (Object.keys(problems).length > 0) {
    throw new AppError('invalid', 'claim_invalid', { fields: problems });
  }
}
