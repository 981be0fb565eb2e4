import { AppError } from '../../platform/app-error.ts';
import { announceChange, type ScopesContext } from '../context.ts';
import { refuseProblems } from '../validate-scope.ts';
import { claimNameProblem } from './claim-name.ts';
import type { CustomClaim } from './custom-claim.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';
import { customClaimProblems, tidyClaim } from './validate-custom-claim.ts';

const MOST_CLAIMS = 100;

/**
 * Adds a claim of which people can store values from now on. Apps can request it once a permission covers it.
 * @throws AppError `claim_invalid` with `fields`; `claim_name_taken` when the name was ever used, also if retired since;
 * `too_many_claims`.
 */
export async function defineClaim(
  ctx: ScopesContext,
  {
    actorId,
    ...input
  }: Omit<CustomClaim, 'retiredAt' | 'retiredBy'> & { readonly actorId: string },
): Promise<CustomClaim> {
  const claim = tidyClaim({ ...input, retiredAt: null, retiredBy: null });
  const problems = customClaimProblems(claim);
  const nameProblem = claimNameProblem(claim.name);
  if (nameProblem !== null) problems['name'] = nameProblem;
  refuseProblems(problems, 'claim_invalid');
  return ctx.db.transaction(async (tx) => {
    const store = createCustomClaimStore(tx);
    const live = (await store.listLocked()).filter(({ retiredAt }) => retiredAt === null);
    if (live.length >= MOST_CLAIMS) throw new AppError('conflict', 'too_many_claims');
    const change = { by: actorId, at: ctx.clock.now() };
    if (!(await store.insert(claim, change))) {
      throw new AppError('conflict', 'claim_name_taken', { fields: { name: 'claim_name_taken' } });
    }
    await announceChange(ctx, tx, {
      kind: 'claim.defined',
      actorId,
      details: { claim: claim.name, type: claim.kind, sensitivity: claim.sensitivity },
    });
    return claim;
  });
}
