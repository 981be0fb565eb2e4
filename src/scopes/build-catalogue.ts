import {
  AUTOMATIC_CLAIMS,
  COMPANION_CLAIMS,
  type ApiScope,
  type Catalogue,
  type DataScope,
  type ResourceServer,
  type Scope,
} from './scope.ts';
import { ACCOUNT_API_SCOPES, STANDARD_DATA_SCOPES } from './standard-scopes.ts';

export interface CatalogueParts {
  readonly own: readonly Scope[];
  readonly servers: readonly ResourceServer[];
  /** Every claim that ever was, with the moment it was retired. */
  readonly claims: ReadonlyMap<string, Date | null>;
}

/**
 * Puts the standard scopes and those of this installation together. A scope of a retired API is retired with it; so is one
 * whose claims are all retired, because it would be a permission without content.
 */
export function buildCatalogue({ own, servers, claims }: CatalogueParts): Catalogue {
  const retired = new Map(servers.map((server) => [server.identifier, server.retiredAt]));
  const all: readonly Scope[] = [
    ...STANDARD_DATA_SCOPES,
    ...ACCOUNT_API_SCOPES,
    ...own.map((scope) =>
      scope.kind === 'data' ? withLiveClaims(scope, claims) : withServer(scope, retired),
    ),
  ];
  const byName = new Map(all.map((scope) => [scope.name, scope]));
  const live = all.filter((scope) => scope.retiredAt === null);
  const apiScopes = live.filter((scope): scope is ApiScope => scope.kind === 'api');

  const claimsOf = (name: string): readonly string[] => {
    const scope = byName.get(name);
    return scope?.kind === 'data' && scope.retiredAt === null ? scope.claims : [];
  };
  return Object.freeze({
    byName,
    dataScopes: live.filter((scope): scope is DataScope => scope.kind === 'data'),
    apiScopes,
    accountScopes: apiScopes.filter(({ resource }) => resource === null).map(({ name }) => name),
    resourceServers: servers.filter((server) => server.retiredAt === null),
    liveClaims: new Set([...claims].filter(([, at]) => at === null).map(([name]) => name)),
    claimsOf,
    permittedClaims: (scopes: Iterable<string>) => [
      ...new Set([...scopes].flatMap((name) => claimsOf(name).filter(isAskable))),
    ],
  });
}

function withLiveClaims(scope: DataScope, known: ReadonlyMap<string, Date | null>): DataScope {
  const retirementOf = (claim: string) => known.get(COMPANION_CLAIMS[claim] ?? claim) ?? null;
  const claims = scope.claims.filter((claim) => retirementOf(claim) === null);
  if (claims.length > 0 || scope.claims.length === 0) return { ...scope, claims };
  const ends = scope.claims.map((claim) => retirementOf(claim)?.getTime() ?? 0);
  return { ...scope, retiredAt: scope.retiredAt ?? new Date(Math.max(...ends)) };
}

function withServer(scope: ApiScope, retired: ReadonlyMap<string, Date | null>): ApiScope {
  if (scope.resource === null) return scope;
  return { ...scope, retiredAt: scope.retiredAt ?? retired.get(scope.resource) ?? null };
}

function isAskable(claim: string): boolean {
  return !AUTOMATIC_CLAIMS.has(claim) && !Object.hasOwn(COMPANION_CLAIMS, claim);
}
