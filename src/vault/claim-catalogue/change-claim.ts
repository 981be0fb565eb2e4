import { AppError } from '../../platform/app-error.ts';
import { type CustomClaim, findClaimDefinition } from '../../scopes/index.ts';
import type { VaultContext } from '../context.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';
import { changeCatalogue, refuseClaimProblems } from './define-claim.ts';
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
  ctx: VaultContext,
  { actorId, name, ...changes }: ChangeClaimInput,
): Promise<CustomClaim> {
  return changeCatalogue(ctx, async (tx, claims) => {
    const before = findCustom(claims, name);
    if (before.retiredAt !== null) throw new AppError('conflict', 'claim_retired');
    const claim = tidyClaim({ ...before, ...changes });
    refuseClaimProblems(customClaimProblems(claim));
    await createCustomClaimStore(tx).update(claim, { by: actorId, at: ctx.clock.now() });
    await ctx.audit.record(tx, {
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
  ctx: VaultContext,
  { actorId, name }: Pick<ChangeClaimInput, 'actorId' | 'name'>,
): Promise<void> {
  await changeCatalogue(ctx, async (tx, claims) => {
    if (findCustom(claims, name).retiredAt !== null) return;
    await createCustomClaimStore(tx).retire(name, { by: actorId, at: ctx.clock.now() });
    await ctx.audit.record(tx, { kind: 'claim.retired', actorId, details: { claim: name } });
  });
}

function findCustom(claims: readonly CustomClaim[], name: string): CustomClaim {
  if (findClaimDefinition(name) !== undefined) throw new AppError('conflict', 'claim_is_standard');
  const found = claims.find((claim) => claim.name === name);
  if (found === undefined) throw new AppError('not_found', 'claim_not_found');
  return found;
}
