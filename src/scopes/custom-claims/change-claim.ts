import { AppError } from '../../platform/app-error.ts';
import { findClaimDefinition } from '../claims/claim-registry.ts';
import { announceChange, type ScopesContext } from '../context.ts';
import { refuseProblems } from '../validate-scope.ts';
import type { CustomClaim } from './custom-claim.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';
import { customClaimProblems, tidyClaim } from './validate-custom-claim.ts';

/** Absent fields stay as they are; `rules` is the whole set. The name and the kind of a claim never change. */
interface ChangeClaimInput extends Partial<
  Pick<CustomClaim, 'title' | 'description' | 'sensitivity' | 'isMultiple' | 'rules'>
> {
  readonly actorId: string;
  readonly name: string;
}

/**
 * Changes the texts, the sensitivity or the rules. Stored values stay as they are and are still released: a new rule
 * applies when a value is added or changed.
 * @throws AppError `claim_not_found`, `claim_is_standard`, `claim_retired`, or `claim_invalid` with `fields`.
 */
export async function changeClaim(
  ctx: ScopesContext,
  { actorId, name, ...changes }: ChangeClaimInput,
): Promise<CustomClaim> {
  return ctx.db.transaction(async (tx) => {
    const store = createCustomClaimStore(tx);
    const before = findCustom(await store.listLocked(), name);
    if (before.retiredAt !== null) throw new AppError('conflict', 'claim_retired');
    const claim = tidyClaim({ ...before, ...changes });
    refuseProblems(customClaimProblems(claim), 'claim_invalid');
    await store.update(claim, { by: actorId, at: ctx.clock.now() });
    await announceChange(ctx, tx, {
      kind: 'claim.changed',
      actorId,
      details: { claim: name, fields: Object.keys(changes) },
    });
    return claim;
  });
}

/**
 * Retires a claim permanently: from now on no value can be added, offered or released. People still see their values
 * of it and can delete them. The name is never used again. A second call changes nothing.
 * @throws AppError `claim_not_found`, `claim_is_standard`.
 */
export async function retireClaim(
  ctx: ScopesContext,
  { actorId, name }: Pick<ChangeClaimInput, 'actorId' | 'name'>,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const store = createCustomClaimStore(tx);
    if (findCustom(await store.listLocked(), name).retiredAt !== null) return;
    await store.retire(name, { by: actorId, at: ctx.clock.now() });
    await announceChange(ctx, tx, { kind: 'claim.retired', actorId, details: { claim: name } });
  });
}

function findCustom(claims: readonly CustomClaim[], name: string): CustomClaim {
  if (findClaimDefinition(name) !== undefined) throw new AppError('conflict', 'claim_is_standard');
  const found = claims.find((claim) => claim.name === name);
  if (found === undefined) throw new AppError('not_found', 'claim_not_found');
  return found;
}
