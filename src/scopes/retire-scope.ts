import { findChangeable } from './change-scope.ts';
import { createScopeStore } from './scope-store.ts';
import { announceChange, type ScopesContext } from './context.ts';

/**
 * Retires a scope permanently: from now on it is neither requested nor granted. Decisions about it stay in the history
 * of people, and its name is not reused. Does nothing when it was retired before.
 * @throws AppError `scope_not_found`, `scope_is_standard`.
 */
export async function retireScope(
  ctx: ScopesContext,
  { actorId, name }: { readonly actorId: string; readonly name: string },
): Promise<void> {
  const catalogue = await ctx.catalogue();
  if (catalogue.byName.get(name)?.retiredAt != null) return;
  findChangeable(catalogue, name);
  await ctx.db.transaction(async (tx) => {
    const change = { by: actorId, at: ctx.clock.now() };
    // Another request retired it a moment ago.
    if (!(await createScopeStore(tx).retire(name, change))) return;
    await announceChange(ctx, tx, { kind: 'scope.retired', actorId, details: { scope: name } });
  });
}
