import {
  applyDecision,
  keepPreviousTerms,
  type DecisionContext,
  type Decided,
} from './apply-decision.ts';
import { resolveRequest } from './requested-access.ts';
import type { ConsentDeps } from './consent-deps.ts';
import type { RequestedClaimNames, ConsentRequest, Consent, ConsentScope } from './consent.ts';
import { findDropped, isNothing } from './find-dropped.ts';
import type { ConsentDecision } from './page/consent-prompt.ts';

export interface DraftConsentInput {
  readonly accountId: string;
  readonly ask: ConsentRequest;
  readonly answers: ConsentDecision;
  /** The consent so far. */
  readonly known: Consent | null;
}

/**
 * The consent as it would be with these answers. Nothing is written: for "see what this app would see" before deciding.
 * @throws AppError as `applyDecision`.
 */
export async function draftConsent(
  deps: Pick<ConsentDeps, 'clock' | 'scopes' | 'vault'>,
  { accountId, ask, answers, known }: DraftConsentInput,
): Promise<Consent> {
  const [catalogue, attributes] = await Promise.all([
    deps.scopes.catalogue(),
    deps.vault.recentAttributes(accountId),
  ]);
  const now = deps.clock.now();
  const consent = known ?? nothingYet(accountId, ask.client.id, now);
  const situation = { asked: resolveRequest(ask, catalogue), consent, attributes, now };
  return withDecided(consent, decideOutcome(situation, ask, answers), ask);
}

/** The changes by the answers to one request. @throws AppError as `applyDecision`. */
export function decideOutcome(
  situation: DecisionContext,
  ask: ConsentRequest,
  answers: ConsentDecision,
): Decided {
  const decided =
    answers.isKept === true ? keepPreviousTerms(situation) : applyDecision(situation, answers);
  const dropped = findDropped(situation.consent, situation.asked, ask);
  return isNothing(dropped) ? decided : { ...decided, dropped };
}

/** The claims of the `claims` parameter, by the place of their answer. */
export function requestedClaimNamesOf({
  claims,
}: Pick<ConsentRequest, 'claims'>): RequestedClaimNames {
  const askedIn = (place: 'userinfo' | 'id_token'): string[] =>
    claims.filter((claim) => claim.in?.includes(place) === true).map(({ name }) => name);
  return { userinfo: askedIn('userinfo'), idToken: askedIn('id_token') };
}

function withDecided(consent: Consent, decided: Decided, ask: ConsentRequest): Consent {
  const { kept = [], dropped = { claims: [], scopes: [] } } = decided;
  const replaced = new Set([...decided.items.map(({ claim }) => claim), ...dropped.claims]);
  const gone = new Set([...decided.scopes, ...dropped.scopes].map(nameOf));
  const items = [
    ...consent.items.filter(({ claim }) => !replaced.has(claim)),
    ...decided.items,
  ].map((item) => ({ ...item, ...kept.find(({ claim }) => claim === item.claim) }));
  return {
    ...consent,
    suspendedAt: null,
    suspendedFor: null,
    items: items.toSorted((one, other) => (one.claim < other.claim ? -1 : 1)),
    scopes: [
      ...consent.scopes.filter((scope) => !gone.has(nameOf(scope))),
      ...decided.scopes,
    ].toSorted((one, other) => (one.scope < other.scope ? -1 : 1)),
    requestedClaimNames: requestedClaimNamesOf(ask),
  };
}

function nameOf({ scope, resource }: Pick<ConsentScope, 'scope' | 'resource'>): string {
  return `${scope} ${resource ?? ''}`;
}

function nothingYet(accountId: string, clientId: string, now: Date): Consent {
  return {
    // Not the one it will get: an address of a picture in a preview leads nowhere.
    id: '00000000-0000-0000-0000-000000000000',
    grantId: '',
    grantCreatedAt: now,
    accountId,
    clientId,
    version: 0,
    status: 'active',
    items: [],
    scopes: [],
    createdAt: now,
    updatedAt: now,
    suspendedAt: null,
    suspendedFor: null,
    requestedClaimNames: { userinfo: [], idToken: [] },
  };
}
