import { Type, type Static } from 'typebox';

import { firstEssentialExpiry, type Consent, type GrantProjection } from '../../consents/index.ts';
import { epochSeconds } from '../../platform/clock.ts';

const Seconds = Type.Integer({ description: 'Seconds since 1970-01-01T00:00:00Z.' });

/** The status of a grant (Grant Management for OAuth 2.0 §6.4). */
export const GrantView = Type.Object({
  scopes: Type.Array(
    Type.Object({
      scope: Type.String({ description: 'Names with spaces between them.' }),
      resource: Type.Optional(Type.Array(Type.String())),
    }),
  ),
  claims: Type.Array(Type.String(), {
    description: 'Names of the claims that the app may read now.',
  }),
  authorization_details: Type.Array(Type.Unknown(), { maxItems: 0 }),
  created_at: Seconds,
  last_updated: Seconds,
  last_updated_at: Seconds,
  expires_at: Type.Optional(Seconds),
});

/** Presents the state of a grant (Grant Management for OAuth 2.0 §6.4); times in seconds since 1970. */
export function presentGrant(
  consent: Consent,
  projection: GrantProjection,
): Static<typeof GrantView> {
  const { grantedScopes, grantedResources, grantedClaims } = projection;
  const updatedAt = epochSeconds(consent.updatedAt);
  const expiresAt = firstEssentialExpiry(consent);
  return {
    scopes: [
      ...(grantedScopes.length > 0 ? [{ scope: grantedScopes.join(' ') }] : []),
      ...Object.entries(grantedResources).map(([resource, scopes]) => ({
        scope: scopes.join(' '),
        resource: [resource],
      })),
    ],
    claims: [...grantedClaims],
    authorization_details: [],
    created_at: epochSeconds(consent.grantCreatedAt),
    // The text of the draft uses one name, its example the other.
    last_updated: updatedAt,
    last_updated_at: updatedAt,
    ...(expiresAt === null ? {} : { expires_at: epochSeconds(expiresAt) }),
  };
}
