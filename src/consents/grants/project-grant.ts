import type { Client } from '../../clients/index.ts';
import { withCompanions, type Catalogue } from '../../scopes/index.ts';
import { currentRequest } from '../requested-access.ts';
import { isLive, type Consent } from '../consent.ts';

/** The permissions of a consent at this moment, in the terms of an oidc-provider Grant. */
export interface GrantProjection {
  readonly grantedScopes: readonly string[];
  /** Answered, and not allowed: included so that the library does not prompt again. */
  readonly rejectedScopes: readonly string[];
  readonly grantedClaims: readonly string[];
  readonly rejectedClaims: readonly string[];
  /** API identifier -> scopes. */
  readonly grantedResources: Readonly<Record<string, readonly string[]>>;
  readonly rejectedResources: Readonly<Record<string, readonly string[]>>;
}

/** The decisions, and the present registration of the app. */
export interface GrantContext {
  readonly consent: Consent;
  readonly catalogue: Catalogue;
  readonly client: Client;
  readonly now: Date;
}

/**
 * Derives the library's Grant from the consent. A scope of the person's data is granted with the request, and its
 * claims one by one: a value shared later is then available with tokens that were issued before, and no value is released that is
 * not shared. A claim that was refused, has expired or is not registered any more is rejected, never left out.
 */
export function projectGrant(situation: GrantContext): GrantProjection {
  const { consent, catalogue, client } = situation;
  const live = liveClaims(situation);
  const isGranted = (scope: string): boolean => {
    if (!client.scopes.includes(scope)) return false;
    const known = catalogue.byName.get(scope);
    return known !== undefined && known.retiredAt === null;
  };
  const allows = ({ scope, decision }: Consent['scopes'][number]) =>
    decision === 'allow' && isGranted(scope);
  const own = consent.scopes.filter(({ resource }) => resource === null);
  const ofApis = consent.scopes.filter(({ resource }) => resource !== null);
  const answered = consent.items.map(({ claim }) => claim);
  return {
    grantedScopes: own.filter(allows).map(({ scope }) => scope),
    rejectedScopes: own.filter((scope) => !allows(scope)).map(({ scope }) => scope),
    grantedClaims: withCompanions(answered.filter((claim) => live.has(claim))),
    rejectedClaims: withCompanions(answered.filter((claim) => !live.has(claim))),
    grantedResources: byResource(ofApis.filter(allows)),
    rejectedResources: byResource(ofApis.filter((scope) => !allows(scope))),
  };
}

/** The claims whose values may be released now: shared, not expired, and still registered by the app. */
export function liveClaims(situation: GrantContext): ReadonlySet<string> {
  const { consent, catalogue, client, now } = situation;
  const request = currentRequest(client, catalogue);
  return new Set(
    consent.items
      .filter((item) => isLive(item, now) && request.covers(item))
      .map(({ claim }) => claim),
  );
}

function byResource(scopes: Consent['scopes']): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const { scope, resource } of scopes) {
    if (resource === null) continue;
    (grouped[resource] ??= []).push(scope);
  }
  return grouped;
}
