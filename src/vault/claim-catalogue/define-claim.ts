import { AppError } from '../../platform/app-error.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC } from '../../scopes/index.ts';
import { claimNameProblem } from './claim-name.ts';
import type { CustomClaim } from '../../scopes/index.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';
import { customClaimProblems, tidyClaim } from './validate-custom-claim.ts';
import type { VaultContext } from '../context.ts';

export interface DefineClaimInput extends Omit<CustomClaim, 'retiredAt'> {
  readonly actorId: string;
}

const MOST_CLAIMS = 100;

/**
 * Adds a claim that people can keep values of from now on. Apps can request it once a permission covers it.
 * @throws AppError `claim_invalid` with `fields`; `claim_name_taken` when the name was ever used, also if retired since;
 * `too_many_claims`.
 */
export async function defineClaim(
  ctx: VaultContext,
  { actorId, ...input }: DefineClaimInput,
): Promise<CustomClaim> {
  const claim = tidyClaim({ ...input, retiredAt: null });
  const problems = customClaimProblems(claim);
  const nameProblem = claimNameProblem(claim.name);
  if (nameProblem !== null) problems['name'] = nameProblem;
  refuseClaimProblems(problems);
  await ctx.db.transaction(async (tx) => {
    const store = createCustomClaimStore(tx);
    await store.lock();
    const live = (await store.listAll()).filter(({ retiredAt }) => retiredAt === null);
    if (live.length >= MOST_CLAIMS) throw new AppError('conflict', 'too_many_claims');
    if (!(await store.insert(claim, { by: actorId, at: ctx.clock.now() }))) {
      throw new AppError('conflict', 'claim_name_taken', { fields: { name: 'claim_name_taken' } });
    }
    await ctx.audit.record(tx, {
      kind: 'claim.defined',
      actorId,
      details: { claim: claim.name, type: claim.kind, sensitivity: claim.sensitivity },
    });
    await ctx.feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
  });
  return claim;
}

/** @throws AppError `claim_invalid` with the problems, if there are any. */
export function refuseClaimProblems(problems: Record<string, string>): void {
  if (Object.keys(problems).length > 0) {
    throw new AppError('invalid', 'claim_invalid', { fields: problems });
  }
}
