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

/** Puts the standard scopes and those of this installation together. A scope of a retired API is retired with it. */
export function buildCatalogue(
  own: readonly Scope[],
  servers: readonly ResourceServer[],
): Catalogue {
  const retired = new Map(servers.map((server) => [server.identifier, server.retiredAt]));
  const all: readonly Scope[] = [
    ...STANDARD_DATA_SCOPES,
    ...ACCOUNT_API_SCOPES,
    ...own.map((scope) => withServer(scope, retired)),
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
    claimsOf,
    askableClaims: (scopes: Iterable<string>) => [
      ...new Set([...scopes].flatMap((name) => claimsOf(name).filter(isAskable))),
    ],
  });
}

function withServer(scope: Scope, retired: ReadonlyMap<string, Date | null>): Scope {
  if (scope.kind === 'data' || scope.resource === null) return scope;
  return { ...scope, retiredAt: scope.retiredAt ?? retired.get(scope.resource) ?? null };
}

function isAskable(claim: string): boolean {
  return !AUTOMATIC_CLAIMS.has(claim) && !Object.hasOwn(COMPANION_CLAIMS, claim);
}
