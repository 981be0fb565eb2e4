import { AppError } from '../../platform/app-error.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC } from '../../scopes/index.ts';
import { findClaimDefinition } from '../../scopes/index.ts';
import type { CustomClaim } from '../../scopes/index.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';
import { refuseClaimProblems } from './define-claim.ts';
import { customClaimProblems, tidyClaim } from './validate-custom-claim.ts';
import type { VaultContext } from '../context.ts';

/** Absent fields stay as they are; `rules` is the whole set. The name and the kind of a claim never change. */
export interface ChangeClaimInput extends Partial<
  Pick<CustomClaim, 'title' | 'description' | 'sensitivity' | 'isMultiple' | 'rules'>
> {
  readonly actorId: string;
  readonly name: string;
}

/**
 * Changes the words, the sensitivity or the rules. Values that people keep stay as they are and are still released:
 * a new rule counts when a value is added or changed.
 * @throws AppError `claim_not_found`, `claim_is_standard`, `claim_retired`, or `claim_invalid` with `fields`.
 */
export async function changeClaim(
  ctx: VaultContext,
  { actorId, name, ...changes }: ChangeClaimInput,
): Promise<CustomClaim> {
  return ctx.db.transaction(async (tx) => {
    const store = createCustomClaimStore(tx);
    await store.lock();
    const before = findLive(await store.listAll(), name);
    const claim = tidyClaim({ ...before, ...changes });
    refuseClaimProblems(customClaimProblems(claim));
    await store.update(claim, { by: actorId, at: ctx.clock.now() });
    await ctx.audit.record(tx, {
      kind: 'claim.changed',
      actorId,
      details: { claim: name, fields: Object.keys(changes) },
    });
    await ctx.feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
    return claim;
  });
}

/** @throws AppError unless an administrator defined the claim and it is not retired. */
export function findLive(claims: readonly CustomClaim[], name: string): CustomClaim {
  if (findClaimDefinition(name) !== undefined) throw new AppError('conflict', 'claim_is_standard');
  const found = claims.find((claim) => claim.name === name);
  if (found === undefined) throw new AppError('not_found', 'claim_not_found');
  if (found.retiredAt !== null) throw new AppError('conflict', 'claim_retired');
  return found;
}
