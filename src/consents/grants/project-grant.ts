import { withCompanions } from '../../scopes/index.ts';
import type { Consent, ConsentScope } from '../consent.ts';
import { allowedScopes, type EntitlementInput, nextExpiry, sharedClaims } from '../entitlement.ts';

/** The permissions of a consent at this moment, in the terms of an oidc-provider Grant. */
export interface GrantProjection {
  readonly grantedScopes: readonly string[];
  /** Decided and not allowed; listed so that the library does not prompt again. */
  readonly rejectedScopes: readonly string[];
  readonly grantedClaims: readonly string[];
  readonly rejectedClaims: readonly string[];
  /** API identifier -> scopes. */
  readonly grantedResources: Readonly<Record<string, readonly string[]>>;
  readonly rejectedResources: Readonly<Record<string, readonly string[]>>;
}

/**
 * Derives the library's Grant from the consent. A scope of the person's data is granted with the request, and its
 * claims one by one: a value shared later is then available with tokens that were issued before, and no value is released that is
 * not shared. A claim that was refused, has expired or is no longer registered is listed as rejected, never omitted.
 */
export function projectGrant(input: EntitlementInput): GrantProjection {
  const { consent, client, catalogue, now } = input;
  const known = projected.get(consent);
  const isCurrent =
    known?.client === client &&
    known?.catalogue === catalogue &&
    now >= known.from &&
    (known.until === null || now < known.until);
  if (isCurrent) return known.projection;
  const projection = project(input);
  const until = nextExpiry(consent, now);
  projected.set(consent, { client, catalogue, from: now, until, projection });
  return projection;
}

interface Projected extends Pick<EntitlementInput, 'client' | 'catalogue'> {
  readonly projection: GrantProjection;
  /** It holds from this moment until a decision expires. */
  readonly from: Date;
  readonly until: Date | null;
}

// Consents, clients and catalogues are cached objects that never change, and each use of a token needs the permissions.
const projected = new WeakMap<Consent, Projected>();

function project(input: EntitlementInput): GrantProjection {
  const { consent } = input;
  const shared = new Set(sharedClaims(input).map(({ claim }) => claim));
  const allowed = new Set(allowedScopes(input));
  const own = consent.scopes.filter(({ resource }) => resource === null);
  const ofApis = consent.scopes.filter(({ resource }) => resource !== null);
  const isAllowed = (scope: ConsentScope) => allowed.has(scope);
  const isRejected = (scope: ConsentScope) => !allowed.has(scope);
  const decided = consent.items.map(({ claim }) => claim);
  return {
    grantedScopes: own.filter(isAllowed).map(({ scope }) => scope),
    rejectedScopes: own.filter(isRejected).map(({ scope }) => scope),
    grantedClaims: withCompanions(decided.filter((claim) => shared.has(claim))),
    rejectedClaims: withCompanions(decided.filter((claim) => !shared.has(claim))),
    grantedResources: byResource(ofApis.filter(isAllowed)),
    rejectedResources: byResource(ofApis.filter(isRejected)),
  };
}

function byResource(scopes: Consent['scopes']): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const { scope, resource } of scopes) {
    if (resource === null) continue;
    (grouped[resource] ??= []).push(scope);
  }
  return grouped;
}
