import type { Adapter, AdapterPayload } from 'oidc-provider';

import {
  type Consent,
  type EntitlementInput,
  type GrantProjection,
  isInForce,
  projectGrant,
} from '../../consents/index.ts';
import type { Grant } from '../../tokens/index.ts';
import { toProviderError } from '../provider-errors.ts';
import type { OidcContext } from '../context.ts';
import { refusingAdapter } from './refusing-adapter.ts';
import { epochSeconds } from '../../platform/clock.ts';

/**
 * The library's Grant is derived from the consent at each look-up. The row in `grants` records only that it exists and until
 * when it is valid. Its permissions are never stored, so they cannot outlive or exceed the person's decision.
 */
export function createGrantAdapter(deps: OidcContext): Adapter {
  return {
    ...refusingAdapter('a grant is written through tokens.createGrant only'),
    find: (grantId: string) => toProviderError(findPayload(deps, grantId)),
    destroy: (grantId: string) =>
      toProviderError(
        deps.db.transaction(async (tx) => {
          await deps.tokens.revokeGrants(tx, { grantId });
        }),
      ),
  };
}

async function findPayload(
  deps: OidcContext,
  grantId: string,
): Promise<AdapterPayload | undefined> {
  const found = await findProjectedGrant(deps, grantId);
  if (found === null) return undefined;
  const { grant, projection } = found;
  return {
    kind: 'Grant',
    jti: grant.id,
    accountId: grant.accountId,
    clientId: grant.clientId,
    iat: epochSeconds(grant.createdAt),
    exp: epochSeconds(grant.expiresAt),
    ...contentOf(projection),
  };
}

/** A grant that is in force, with the permissions of its consent at this moment. */
export interface ProjectedGrant {
  readonly grant: Grant;
  readonly projection: GrantProjection;
}

/** Null when the grant or its consent is not in force. */
export async function findProjectedGrant(
  deps: OidcContext,
  grantId: string,
): Promise<ProjectedGrant | null> {
  const grant = await deps.tokens.findGrant(grantId);
  if (grant === null) return null;
  const [consent, client, catalogue] = await Promise.all([
    findConsentOf(deps, grant),
    deps.clients.find(grant.clientId),
    deps.scopes.catalogue(),
  ]);
  if (consent === null || client === null) return null;
  const now = deps.clock.now();
  // The consent is paused, or a permission that the app requires has expired: the grant is not valid until the person
  // decides again.
  if (!isInForce(consent, now)) return null;
  return { grant, projection: projectGrant({ consent, catalogue, client, now }) };
}

/** The permissions of a consent at this moment, in the form of the library's Grant. */
export function grantContent(
  input: EntitlementInput,
): Pick<AdapterPayload, 'openid' | 'resources' | 'rejected'> {
  return contentOf(projectGrant(input));
}

function contentOf(
  projection: GrantProjection,
): Pick<AdapterPayload, 'openid' | 'resources' | 'rejected'> {
  return {
    openid: { scope: projection.grantedScopes.join(' '), claims: [...projection.grantedClaims] },
    resources: joinEach(projection.grantedResources),
    rejected: {
      openid: {
        scope: projection.rejectedScopes.join(' '),
        claims: [...projection.rejectedClaims],
      },
      resources: joinEach(projection.rejectedResources),
    },
  };
}

/**
 * This node's copy may be older than the grant: an app may bring a code or token here before the decision on another node was
 * announced. The grant names its consent and the version of it.
 */
async function findConsentOf({ consents }: OidcContext, grant: Grant): Promise<Consent | null> {
  const known = await consents.recent(grant);
  const isCurrent = known !== null && known.version >= (grant.consentVersion ?? 0);
  if (isCurrent && known.id === grant.consentId) return known;
  consents.forget(grant);
  const current = await consents.recent(grant);
  return current?.id === grant.consentId ? current : null;
}

function joinEach(scopes: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(scopes).map(([name, list]) => [name, list.join(' ')]));
}
