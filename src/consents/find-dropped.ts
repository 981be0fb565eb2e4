import type { Asked } from './asked.ts';
import type { AuthorizationAsk, Consent, ConsentScope, Dropped } from './consent.ts';

/**
 * What the app has, and does not ask for in this request (docs/decisions/0022). Leaves the consent when the person answers
 * the request. Refusals stay, so that nobody is asked twice; permissions of an API that the request does not name stay
 * too, because a request speaks of one API at a time, and one for an API alone says nothing of values; staying connected
 * is not a value. An app that replaces what it has, or begins anew, keeps nothing that it does not ask for; one that adds
 * to it loses nothing.
 */
export function findDropped(
  consent: Consent | null,
  asked: Asked,
  ask: Pick<AuthorizationAsk, 'resources' | 'grantAction'>,
): Dropped {
  if (consent === null || ask.grantAction?.kind === 'merge') return { claims: [], scopes: [] };
  const isAnew = ask.grantAction !== undefined;
  const askedClaims = new Set(asked.claims.map(({ claim }) => claim));
  const isAsked = ({ scope, resource }: ConsentScope): boolean =>
    asked.scopes.some((known) => known.scope === scope && known.resource === resource);
  const isForApiAlone = !isAnew && ask.resources.length > 0 && asked.claims.length === 0;
  const isInQuestion = ({ resource }: ConsentScope): boolean =>
    isAnew || resource === null ? !isForApiAlone : ask.resources.includes(resource);
  return {
    claims: (isForApiAlone ? [] : consent.items)
      .filter(({ claim, decision }) => decision === 'share' && !askedClaims.has(claim))
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
