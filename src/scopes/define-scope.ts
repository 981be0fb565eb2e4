import { AppError } from '../platform/app-error.ts';
import { type Scope } from './scope.ts';
import { scopeNameProblem } from './scope-name.ts';
import { createScopeStore } from './scope-store.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC, type ScopesDepsWithCatalogue } from './scopes-deps.ts';
import {
  claimProblems,
  refuseProblems,
  type ScopeWords,
  tidy,
  withCompanions,
  wordProblems,
} from './validate-scope.ts';

/** Exactly one of `claims` (a data scope) and `resource` (an API scope) is given. */
export interface DefineScopeInput extends ScopeWords {
  readonly actorId: string;
  readonly name: string;
  readonly claims?: readonly string[];
  readonly resource?: string;
}

/**
 * Adds a permission that apps can ask for from now on.
 * @throws AppError `scope_invalid` with `fields`; `scope_name_taken` when the name was ever used, also if retired since.
 */
export async function defineScope(
  deps: ScopesDepsWithCatalogue,
  input: DefineScopeInput,
): Promise<Scope> {
  await refuseBadInput(deps, input);
  const scope = toScope(input);
  const change = { by: input.actorId, at: deps.clock.now() };
  await deps.db.transaction(async (tx) => {
    if (!(await createScopeStore(tx).insert(scope, change))) {
      throw new AppError('conflict', 'scope_name_taken', { fields: { name: 'scope_name_taken' } });
    }
    await deps.audit.record(tx, {
      kind: 'scope.defined',
      actorId: input.actorId,
      details: { scope: scope.name, kind: scope.kind },
    });
    await deps.feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
  });
  return scope;
}

async function refuseBadInput(
  deps: ScopesDepsWithCatalogue,
  input: DefineScopeInput,
): Promise<void> {
  const problems = wordProblems(input);
  const nameProblem = scopeNameProblem(input.name);
  if (nameProblem !== null) problems['name'] = nameProblem;
  if ((input.claims === undefined) === (input.resource === undefined)) {
    problems['resource'] = 'scope_kind_unclear';
  } else if (input.claims !== undefined) {
    const { liveClaims } = await deps.catalogue();
    Object.assign(problems, claimProblems(input.claims, liveClaims));
  } else {
    const { resourceServers } = await deps.catalogue();
    if (!resourceServers.some(({ identifier }) => identifier === input.resource)) {
      problems['resource'] = 'resource_server_unknown';
    }
  }
  refuseProblems(problems, 'scope_invalid');
}

function toScope(input: DefineScopeInput): Scope {
  const common = {
    name: input.name,
    title: tidy(input.title),
    description: tidy(input.description),
    sensitivity: input.sensitivity,
    isStandard: false,
    retiredAt: null,
  };
  return input.claims === undefined
    ? { kind: 'api', ...common, resource: input.resource ?? null }
    : { kind: 'data', ...common, claims: withCompanions(input.claims) };
}
