import type { ClaimRequest, Client, Purpose } from '../clients/index.ts';
import { decidingClaim, type ApiScope, type Catalogue, type DataScope } from '../scopes/index.ts';
import type { ConsentRequest } from './consent.ts';
import { permittedClaims } from './entitlement.ts';
import type { Duration } from './duration.ts';

/** A claim that the person is to decide about. */
export interface RequestedClaim {
  readonly claim: string;
  readonly isEssential: boolean;
  /** The purpose that the app registered; null without one. */
  readonly purpose: Purpose | null;
  readonly purposeVersion: number;
  readonly longestDuration: Duration;
  /** The data scopes that contain it; empty when the `claims` parameter requests it. */
  readonly scopes: readonly string[];
}

/** A permission of the server or of an API that the person is to decide about. */
export interface RequestedScope {
  readonly scope: string;
  readonly resource: string | null;
  /**
   * `sign_in` and `offline` follow the decision as a whole; `data` follows its claims; `permission` is a separate
   * choice.
   */
  readonly kind: 'sign_in' | 'offline' | 'data' | 'permission';
}

/** All claims and permissions of one authorization request, without those that the app may not request. */
export interface RequestedAccess {
  readonly claims: readonly RequestedClaim[];
  readonly scopes: readonly RequestedScope[];
}

const PROTOCOL_SCOPES = new Set(['openid', 'offline_access']);

/**
 * Claims and permissions of a request, narrowed to those that the app registered: scopes that it may not use and claims that it did not
 * register are left out. An app without registered claims requests the claims of its scopes, all of them voluntary.
 */
export function resolveRequest(request: ConsentRequest, catalogue: Catalogue): RequestedAccess {
  const { client } = request;
  const named = new Set(request.scopes.filter((scope) => client.scopes.includes(scope)));
  const dataScopes = catalogue.dataScopes.filter(({ name }) => named.has(name));
  // Without its resource indicator an API scope is not issued (RFC 8707), so there is nothing to decide.
  const apiScopes = catalogue.apiScopes.filter(
    ({ name, resource }) =>
      named.has(name) && (resource === null || request.resources.includes(resource)),
  );
  const permitted = permittedClaims(client, catalogue);
  return {
    claims: requestedClaims(request, dataScopes, permitted),
    scopes: [
      ...(named.has('openid') ? [ownScope('openid', 'sign_in')] : []),
      ...dataScopes
        .filter(
          ({ name, claims }) => !PROTOCOL_SCOPES.has(name) && isForSomething(claims, permitted),
        )
        .map(({ name, claims }) => ownScope(name, claims.length > 0 ? 'data' : 'permission')),
      ...apiScopes.map(toApiScope),
      ...(named.has('offline_access') ? [ownScope('offline_access', 'offline')] : []),
    ],
  };
}

/** A data scope of which the app registered no claim is no question for the person. */
function isForSomething(claims: readonly string[], permitted: ReadonlySet<string>): boolean {
  return claims.length === 0 || claims.some((claim) => permitted.has(decidingClaim(claim) ?? ''));
}

function requestedClaims(
  request: ConsentRequest,
  dataScopes: readonly DataScope[],
  permitted: ReadonlySet<string>,
): RequestedClaim[] {
  const scopesOf = new Map<string, string[]>();
  for (const scope of dataScopes) {
    for (const claim of scope.claims) note(scopesOf, claim, scope.name);
  }
  for (const { name } of request.claims) note(scopesOf, name, null);
  return [...scopesOf]
    .filter(([claim]) => permitted.has(claim))
    .map(([claim, scopes]) => describeClaim(request.client, claim, scopes));
}

function note(scopesOf: Map<string, string[]>, claim: string, scope: string | null): void {
  const decided = decidingClaim(claim);
  if (decided === null) return;
  const scopes = scopesOf.get(decided) ?? [];
  if (scope !== null && !scopes.includes(scope)) scopes.push(scope);
  scopesOf.set(decided, scopes);
}

function describeClaim(client: Client, claim: string, scopes: readonly string[]): RequestedClaim {
  const registered: ClaimRequest | undefined = client.requests.find(
    (known) => known.claim === claim,
  );
  return {
    claim,
    isEssential: registered?.necessity === 'essential',
    purpose: registered?.purpose ?? null,
    purposeVersion: registered?.purposeVersion ?? 0,
    longestDuration: registered?.longestDuration ?? 'until_withdrawn',
    scopes,
  };
}

function ownScope(scope: string, kind: RequestedScope['kind']): RequestedScope {
  return { scope, resource: null, kind };
}

function toApiScope(scope: ApiScope): RequestedScope {
  return { scope: scope.name, resource: scope.resource, kind: 'permission' };
}
