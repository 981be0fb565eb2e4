import { AppError } from '../platform/app-error.ts';
import { tidyText } from '../platform/languages.ts';
import { withCompanions } from './claims/claim-registry.ts';
import { findResourceServer } from './resource-identifier.ts';
import type { RecordAccess, Scope } from './scope.ts';
import { scopeNameProblem } from './scope-name.ts';
import { createScopeStore } from './scope-store.ts';
import { announceChange, type ScopesContext } from './context.ts';
import { claimProblems, refuseProblems, type ScopeWords, wordProblems } from './validate-scope.ts';

/** Exactly one of `claims` (a data scope), `resource` (an API scope) and `records` (an API scope of this server) is given. */
export interface DefineScopeInput extends ScopeWords {
  readonly actorId: string;
  readonly name: string;
  readonly claims?: readonly string[];
  readonly resource?: string;
  readonly records?: RecordAccess;
}

/**
 * Adds a permission that apps can request from now on.
 * @throws AppError `scope_invalid` with `fields`; `scope_name_taken` when the name was ever used, also if retired since.
 */
export async function defineScope(ctx: ScopesContext, input: DefineScopeInput): Promise<Scope> {
  await refuseBadInput(ctx, input);
  const scope = toScope(await withKnownResource(ctx, input));
  const { actorId } = input;
  const details = { scope: scope.name, kind: scope.kind };
  await ctx.db.transaction(async (tx) => {
    const change = { by: actorId, at: ctx.clock.now() };
    if (!(await createScopeStore(tx).insert(scope, change))) {
      throw new AppError('conflict', 'scope_name_taken', { fields: { name: 'scope_name_taken' } });
    }
    await announceChange(ctx, tx, { kind: 'scope.defined', actorId, details });
  });
  return scope;
}

const NAMESPACE = /^[a-z][a-z\d-]{1,62}[a-z\d]$/;

async function refuseBadInput(ctx: ScopesContext, input: DefineScopeInput): Promise<void> {
  const problems = wordProblems(input);
  const nameProblem = scopeNameProblem(input.name);
  if (nameProblem !== null) problems['name'] = nameProblem;
  const kinds = [input.claims, input.resource, input.records];
  if (kinds.filter((kind) => kind !== undefined).length !== 1) {
    problems['resource'] = 'scope_kind_unclear';
  } else if (input.records !== undefined) {
    if (!NAMESPACE.test(input.records.namespace)) problems['records'] = 'namespace_invalid';
  } else if (input.claims !== undefined) {
    const { claims } = await ctx.catalogue();
    Object.assign(problems, claimProblems(input.claims, claims));
  } else {
    const { resourceServers } = await ctx.catalogue();
    if (findResourceServer(resourceServers, input.resource ?? '') === undefined) {
      problems['resource'] = 'resource_server_unknown';
    }
  }
  refuseProblems(problems, 'scope_invalid');
}

/** The API is stored in its registered spelling, not in the spelling of this input. */
async function withKnownResource(
  { catalogue }: ScopesContext,
  input: DefineScopeInput,
): Promise<DefineScopeInput> {
  if (input.resource === undefined) return input;
  const server = findResourceServer((await catalogue()).resourceServers, input.resource);
  return { ...input, resource: server?.identifier ?? input.resource };
}

function toScope(input: DefineScopeInput): Scope {
  const common = {
    name: input.name,
    title: tidyText(input.title),
    description: tidyText(input.description),
    sensitivity: input.sensitivity,
    isStandard: false,
    retiredAt: null,
    retiredBy: null,
  };
  const { records } = input;
  return input.claims === undefined
    ? {
        kind: 'api',
        ...common,
        resource: input.resource ?? null,
        ...(records !== undefined && { records }),
      }
    : { kind: 'data', ...common, claims: withCompanions(input.claims) };
}
