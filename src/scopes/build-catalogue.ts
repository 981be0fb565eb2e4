import { buildClaimCatalogue, type ClaimCatalogue } from './claims/claim-catalogue.ts';
import { decidingClaim } from './claims/claim-registry.ts';
import type { CustomClaim } from './custom-claims/custom-claim.ts';
import type { ApiScope, Catalogue, DataScope, ResourceServer, Scope } from './scope.ts';
import type { StandardEntries } from './standard-texts.ts';

/** The part of the catalogue that administrators of this installation defined, retired entries too. */
interface OwnDefinitions {
  readonly scopes: readonly Scope[];
  readonly servers: readonly ResourceServer[];
  readonly claims: readonly CustomClaim[];
}

/**
 * Puts the standard scopes and those of this installation together. A scope of a retired API is retired with it; so is one
 * whose claims are all retired, because it would permit nothing.
 */
export function buildCatalogue(
  { scopes, servers, claims: custom }: OwnDefinitions,
  standard: StandardEntries,
): Catalogue {
  const claims = buildClaimCatalogue(custom, standard);
  const retired = new Map(servers.map((server) => [server.identifier, server.retiredAt]));
  const all: readonly Scope[] = [
    ...standard.scopes,
    ...scopes.map((scope) =>
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
  return {
    byName,
    dataScopes: live.filter((scope): scope is DataScope => scope.kind === 'data'),
    apiScopes,
    accountScopes: apiScopes.filter(({ resource }) => resource === null).map(({ name }) => name),
    resourceServers: servers.filter((server) => server.retiredAt === null),
    claims,
    claimsOf,
    permittedClaims: (scopes: Iterable<string>) => [
      ...new Set([...scopes].flatMap((name) => claimsOf(name).filter(isDecided))),
    ],
  };
}

function withLiveClaims(scope: DataScope, known: ClaimCatalogue): DataScope {
  const retirementOf = (claim: string) => known.find(decidingClaim(claim) ?? '')?.retiredAt ?? null;
  const claims = scope.claims.filter((claim) => retirementOf(claim) === null);
  if (claims.length > 0 || scope.claims.length === 0) return { ...scope, claims };
  const ends = scope.claims.map((claim) => retirementOf(claim)?.getTime() ?? 0);
  return { ...scope, retiredAt: scope.retiredAt ?? new Date(Math.max(...ends)) };
}

function withServer(scope: ApiScope, retired: ReadonlyMap<string, Date | null>): ApiScope {
  if (scope.resource === null) return scope;
  return { ...scope, retiredAt: scope.retiredAt ?? retired.get(scope.resource) ?? null };
}

/** Does the person decide about this claim itself? */
function isDecided(claim: string): boolean {
  return decidingClaim(claim) === claim;
}
