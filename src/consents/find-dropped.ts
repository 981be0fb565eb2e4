import type { RequestedAccess } from './requested-access.ts';
import type { ConsentRequest, Consent, ConsentScope, Dropped } from './consent.ts';

/**
 * Claims and permissions that the app has and does not request now (docs/decisions/0022). They leave the consent when the person
 * answers the request. Refusals stay, so that no question is repeated. Permissions of an API that the request does not name stay
 * too, because a request concerns one API at a time, and a request for an API alone does not concern values. Offline access is no
 * value and stays. With the actions `replace` and `create` the app keeps nothing that it does not request; with `merge` it
 * loses nothing.
 */
export function findDropped(
  consent: Consent | null,
  asked: RequestedAccess,
  ask: Pick<ConsentRequest, 'resources' | 'grantAction'>,
): Dropped {
  if (consent === null || ask.grantAction?.kind === 'merge') return { claims: [], scopes: [] };
  const isAnew = ask.grantAction !== undefined;
  const requestedClaimNames = new Set(asked.claims.map(({ claim }) => claim));
  const isAsked = ({ scope, resource }: ConsentScope): boolean =>
    asked.scopes.some((known) => known.scope === scope && known.resource === resource);
  const isForApiAlone = !isAnew && ask.resources.length > 0 && asked.claims.length === 0;
  const isInQuestion = ({ resource }: ConsentScope): boolean =>
    isAnew || resource === null ? !isForApiAlone : ask.resources.includes(resource);
  return {
    claims: (isForApiAlone ? [] : consent.items)
      .filter(({ claim, decision }) => decision === 'share' && !requestedClaimNames.has(claim))
      .map(({ claim }) => claim),
    scopes: consent.scopes
      .filter(({ scope, decision }) => decision === 'allow' && (isAnew || !LASTING.has(scope)))
      .filter((scope) => isInQuestion(scope) && !isAsked(scope))
      .map(({ scope, resource }) => ({ scope, resource })),
  };
}

const LASTING = new Set(['openid', 'offline_access']);

export function isNothing({ claims, scopes }: Dropped): boolean {
  return claims.length === 0 && scopes.length === 0;
}
