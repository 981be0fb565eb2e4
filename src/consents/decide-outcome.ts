import { choseToShare } from '../receipts/index.ts';
import { applyDecision, keepPreviousTerms, type DecisionInput } from './apply-decision.ts';
import type { ConsentChange } from './consent-change.ts';
import type {
  Consent,
  ConsentRequest,
  ConsentScope,
  DroppedAccess,
  RequestedClaimNames,
} from './consent.ts';
import type { ConsentDecision } from './consent-decision.ts';
import type { RequestedAccess } from './requested-access.ts';

/**
 * The change of a consent that follows from the person's decision about one request. A decision also ends a pause.
 * @throws AppError as `applyDecision` and `keepPreviousTerms`.
 */
export function decideOutcome(
  input: DecisionInput & { readonly request: ConsentRequest },
  decision: ConsentDecision,
): ConsentChange {
  const { request, requested, consent } = input;
  const decided =
    decision.isKept === true ? keepPreviousTerms(input) : applyDecision(input, decision);
  const dropped = findDropped(consent, requested, request);
  const isNothingDropped = dropped.claims.length === 0 && dropped.scopes.length === 0;
  return {
    ...decided,
    ...(!isNothingDropped && { dropped }),
    pausedFor: null,
    requestedClaimNames: requestedClaimNamesOf(request),
  };
}

/** Scopes that stay although the app does not request them, because they release no values. */
const LASTING = new Set(['openid', 'offline_access']);

/**
 * Claims and permissions that the app has and does not request now (docs/decisions/0022). They are removed when the
 * person decides about the request. Refusals stay, so that no question is repeated. Permissions of an API that the
 * request does not name stay too, because a request concerns one API at a time, and a request for an API alone does not
 * concern values. Offline access is no value and stays. With the actions `replace` and `create` the app keeps nothing
 * that it does not request; with `merge` it loses nothing.
 */
export function findDropped(
  consent: Consent | null,
  requested: RequestedAccess,
  { resources, grantAction }: Pick<ConsentRequest, 'resources' | 'grantAction'>,
): DroppedAccess {
  if (consent === null || grantAction?.kind === 'merge') return { claims: [], scopes: [] };
  const isReplaced = grantAction !== undefined;
  const claims = new Set(requested.claims.map(({ claim }) => claim));
  const isRequested = ({ scope, resource }: ConsentScope): boolean =>
    requested.scopes.some((known) => known.scope === scope && known.resource === resource);
  const isForApiAlone = !isReplaced && resources.length > 0 && requested.claims.length === 0;
  const isConcerned = ({ resource }: ConsentScope): boolean =>
    isReplaced || resource === null ? !isForApiAlone : resources.includes(resource);
  return {
    claims: (isForApiAlone ? [] : consent.items)
      .filter((item) => choseToShare(item) && !claims.has(item.claim))
      .map(({ claim }) => claim),
    scopes: consent.scopes
      .filter(({ scope, decision }) => decision === 'allow' && (isReplaced || !LASTING.has(scope)))
      .filter((scope) => isConcerned(scope) && !isRequested(scope))
      .map(({ scope, resource }) => ({ scope, resource })),
  };
}

/** The claims of the `claims` parameter, by the place where they are answered. */
function requestedClaimNamesOf({ claims }: ConsentRequest): RequestedClaimNames {
  const namesIn = (place: 'userinfo' | 'id_token'): string[] =>
    claims.filter((claim) => claim.in?.includes(place) === true).map(({ name }) => name);
  return { userinfo: namesIn('userinfo'), idToken: namesIn('id_token') };
}
