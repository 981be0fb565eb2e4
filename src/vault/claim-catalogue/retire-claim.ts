import { CATALOGUE_KEY, CATALOGUE_TOPIC } from '../../scopes/index.ts';
import { findLive } from './change-claim.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';
import type { VaultContext } from '../context.ts';

export interface RetireClaimInput {
  readonly actorId: string;
  readonly name: string;
}

/**
 * Ends a claim for good: from now on no value can be added, and none is offered to apps or released. People still see
 * their values of it and can delete them. The name is never used again.
 * Does nothing when it was retired before.
 * @throws AppError `claim_not_found`, `claim_is_standard`.
 */
export async function retireClaim(
  ctx: VaultContext,
  { actorId, name }: RetireClaimInput,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const store = createCustomClaimStore(tx);
    await store.lock();
    const claims = await store.listAll();
    if (claims.some((claim) => claim.name === name && claim.retiredAt !== null)) return;
    findLive(claims, name);
    await store.retire(name, { by: actorId, at: ctx.clock.now() });
    await ctx.audit.record(tx, { kind: 'claim.retired', actorId, details: { claim: name } });
    await ctx.feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
  });
}
