import { AppError } from '../platform/app-error.ts';
import { findChangeable } from './change-scope.ts';
import { createScopeStore } from './scope-store.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC, type ScopesDepsWithCatalogue } from './scopes-deps.ts';

export interface RetireScopeInput {
  readonly actorId: string;
  readonly name: string;
}

/**
 * Ends a scope for good: from now on it is neither asked nor granted. What people decided about it stays in their history,
 * and its name is not given to anything else.
 * @throws AppError `scope_not_found`, `scope_is_standard`, `scope_retired`.
 */
export async function retireScope(
  deps: ScopesDepsWithCatalogue,
  { actorId, name }: RetireScopeInput,
): Promise<void> {
  findChangeable(await deps.catalogue(), name);
  await deps.db.transaction(async (tx) => {
    const change = { by: actorId, at: deps.clock.now() };
    if (!(await createScopeStore(tx).retire(name, change))) {
      throw new AppError('conflict', 'scope_retired');
    }
    await deps.audit.record(tx, { kind: 'scope.retired', actorId, details: { scope: name } });
    await deps.feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
  });
}
