import { AppError } from '../platform/app-error.ts';
import { withCompanions } from './claims/claim-registry.ts';
import { type Localized, tidyText } from '../platform/languages.ts';
import type { Sensitivity } from './sensitivity.ts';
import type { Catalogue, Scope } from './scope.ts';
import { createScopeStore } from './scope-store.ts';
import { announceChange, type ScopesContext } from './context.ts';
import { claimProblems, refuseProblems, wordProblems } from './validate-scope.ts';

/** Absent fields stay as they are. The name, the kind and the API of a scope never change. */
interface ChangeScopeInput {
  readonly actorId: string;
  readonly name: string;
  readonly title?: Localized;
  readonly description?: Localized;
  readonly sensitivity?: Sensitivity;
  /** Of a data scope only. People decide about the new claims; earlier decisions stay. */
  readonly claims?: readonly string[];
}

/**
 * Changes the texts, the sensitivity or the claims of a scope of this installation.
 * @throws AppError `scope_not_found`, `scope_is_standard`, `scope_retired`, or `scope_invalid` with `fields`.
 */
export async function changeScope(ctx: ScopesContext, input: ChangeScopeInput): Promise<Scope> {
  const catalogue = await ctx.catalogue();
  const scope = changed(findChangeable(catalogue, input.name), input);
  const problems = wordProblems(scope);
  if (input.claims !== undefined) {
    Object.assign(
      problems,
      scope.kind === 'data'
        ? claimProblems(input.claims, catalogue.claims)
        : { claims: 'scope_has_no_claims' },
    );
  }
  refuseProblems(problems, 'scope_invalid');
  const details = {
    scope: scope.name,
    ...(input.claims === undefined ? {} : { claims: input.claims }),
  };
  const { actorId } = input;
  await ctx.db.transaction(async (tx) => {
    const change = { by: actorId, at: ctx.clock.now() };
    const isWritten = await createScopeStore(tx).update(scope, change);
    if (!isWritten) throw new AppError('conflict', 'scope_retired');
    await announceChange(ctx, tx, { kind: 'scope.changed', actorId, details });
  });
  return scope;
}

/** @throws AppError unless the scope is there, live and not a standard one. */
export function findChangeable(catalogue: Catalogue, name: string): Scope {
  const scope = catalogue.byName.get(name);
  if (scope === undefined) throw new AppError('not_found', 'scope_not_found');
  if (scope.isStandard) throw new AppError('conflict', 'scope_is_standard');
  if (scope.retiredAt !== null) throw new AppError('conflict', 'scope_retired');
  return scope;
}

function changed(scope: Scope, input: ChangeScopeInput): Scope {
  const common = {
    title: tidyText(input.title ?? scope.title),
    description: tidyText(input.description ?? scope.description),
    sensitivity: input.sensitivity ?? scope.sensitivity,
  };
  return scope.kind === 'data'
    ? { ...scope, ...common, claims: withCompanions(input.claims ?? scope.claims) }
    : { ...scope, ...common };
}
