import { AppError } from '../platform/app-error.ts';
import type { Attribute } from '../vault/index.ts';
import type { RequestedAccess, RequestedClaim, RequestedScope } from './requested-access.ts';
import type { KeptItem } from './previous-terms-store.ts';
import type { Consent, ConsentItem, ConsentScope, Dropped } from './consent.ts';
import { expiryOf, isWithin, type Duration } from './duration.ts';
import { changesOf, findItem, coversClaim } from './covers-request.ts';
import { isVerifiable } from './page/offered-values.ts';
import { REFUSE, type ConsentDecision } from './page/consent-prompt.ts';

export interface DecisionContext {
  readonly asked: RequestedAccess;
  /** The consent so far. */
  readonly consent: Consent | null;
  /** Everything the person has stored. */
  readonly attributes: readonly Attribute[];
  readonly now: Date;
}

/** The new decisions; earlier ones about other claims and permissions stay. */
export interface Decided {
  readonly items: readonly ConsentItem[];
  readonly scopes: readonly ConsentScope[];
  /** Answers that stay as they are although the request for them has changed. */
  readonly kept?: readonly KeptItem[];
  readonly dropped?: Dropped;
}

/**
 * Turns answers into decisions. A person can never allow more than was requested, share a value of another account, or share it
 * for longer than the app may have it. A claim that was requested and is not answered keeps an earlier answer that is still
 * valid, else it is refused.
 * @throws AppError `claim_not_requested`, `scope_not_requested`, `attribute_not_found`, `attribute_not_verified`,
 *   `duration_too_long`; `essential_refused` (kind `forbidden`) when the app cannot work with these answers.
 */
export function applyDecision(situation: DecisionContext, answers: ConsentDecision): Decided {
  const { asked } = situation;
  refuseUnasked(
    [...Object.keys(answers.claims), ...Object.keys(answers.durations ?? {})],
    asked.claims.map(({ claim }) => claim),
    'claim_not_requested',
  );
  refuseUnasked(
    Object.keys(answers.scopes ?? {}),
    asked.scopes.map(({ scope }) => scope),
    'scope_not_requested',
  );
  return {
    items: asked.claims.flatMap((claim) => decideClaim(situation, claim, answers)),
    scopes: asked.scopes.map((scope) => decideScope(situation.consent, scope, answers)),
  };
}

/** The attribute that a person chose for a claim. @throws AppError as {@link applyDecision}. */
export function chooseAttribute(
  attributes: readonly Attribute[],
  claim: string,
  attributeId: string,
): Attribute {
  const chosen = attributes.find(({ id }) => id === attributeId);
  // A value of another person or of another claim: both are unknown here, and the answer is the same.
  if (chosen === undefined || chosen.claim !== claim) {
    throw new AppError('invalid', 'attribute_not_found', {
      fields: { [claim]: 'attribute_not_found' },
    });
  }
  if (isVerifiable(claim) && !chosen.isVerified) {
    throw new AppError('invalid', 'attribute_not_verified', {
      fields: { [claim]: 'attribute_not_verified' },
    });
  }
  return chosen;
}

/** @throws AppError `duration_too_long` for a longer time than the app may have. */
export function checkDuration(claim: string, duration: Duration, longest: Duration): Duration {
  if (isWithin(duration, longest)) return duration;
  throw new AppError('invalid', 'duration_too_long', { fields: { [claim]: 'duration_too_long' } });
}

function refuseUnasked(
  given: readonly string[],
  asked: readonly string[],
  code: 'claim_not_requested' | 'scope_not_requested',
): void {
  if (given.some((name) => !asked.includes(name))) throw new AppError('invalid', code);
}

function decideClaim(
  { consent, attributes, now }: DecisionContext,
  asked: RequestedClaim,
  answers: ConsentDecision,
): ConsentItem[] {
  const { claim } = asked;
  const earlier = findItem(consent, claim);
  const answer = Object.hasOwn(answers.claims, claim) ? answers.claims[claim] : undefined;
  if (answer === undefined && coversClaim(earlier, asked, now)) return [];
  const wanted = answers.durations?.[claim] ?? asked.longestDuration;
  const duration = checkDuration(claim, wanted, asked.longestDuration);
  const common = {
    claim,
    isEssential: asked.isEssential,
    purposeVersion: asked.purposeVersion,
    purpose: asked.purpose,
    duration,
    seenDuration: asked.longestDuration,
    keptVersion: null,
    decidedAt: now,
    usedAt: null,
  };
  if (answer === undefined || answer === REFUSE) {
    if (asked.isEssential) {
      throw new AppError('forbidden', 'essential_refused', {
        fields: { [claim]: 'essential_refused' },
      });
    }
    return [{ ...common, decision: 'refuse', attributeId: null, expiresAt: null }];
  }
  const { id } = chooseAttribute(attributes, claim, answer);
  return [{ ...common, decision: 'share', attributeId: id, expiresAt: expiryOf(duration, now) }];
}

/**
 * Keeps the earlier answers on their old terms, also against a new purpose or a claim that has become essential. Claims and
 * permissions that were never requested before are refused, even if the app calls them essential (docs/decisions/0022).
 * @throws AppError `nothing_to_keep` (kind `conflict`) when an essential answer is not there any more.
 */
export function keepPreviousTerms({
  asked,
  consent,
  now,
}: Omit<DecisionContext, 'attributes'>): Decided {
  const items: ConsentItem[] = [];
  const kept: KeptItem[] = [];
  for (const claim of asked.claims) {
    const earlier = findItem(consent, claim.claim);
    if (earlier === undefined) items.push(refusedByKeeping(claim, now));
    else if (!coversClaim(earlier, claim, now)) kept.push(keepItem(earlier, claim, now));
  }
  const scopes = asked.scopes.map((scope) => keepScope(consent, scope));
  return { items, scopes, kept };
}

function refusedByKeeping(asked: RequestedClaim, now: Date): ConsentItem {
  return {
    claim: asked.claim,
    decision: 'refuse',
    attributeId: null,
    // On the earlier terms, the app works without it.
    isEssential: false,
    purposeVersion: asked.purposeVersion,
    purpose: asked.purpose,
    duration: asked.longestDuration,
    seenDuration: asked.longestDuration,
    keptVersion: asked.purposeVersion,
    decidedAt: now,
    expiresAt: null,
    usedAt: null,
  };
}

function keepItem(earlier: ConsentItem, asked: RequestedClaim, now: Date): KeptItem {
  const { claim, purposeVersion: keptVersion, longestDuration: seenDuration } = asked;
  const isOver = changesOf({ ...earlier, keptVersion }, asked, now).includes('over');
  if (isOver) throw new AppError('conflict', 'nothing_to_keep');
  return { claim, keptVersion, seenDuration };
}

function keepScope(
  consent: Consent | null,
  { scope, resource, kind }: RequestedScope,
): ConsentScope {
  if (kind === 'sign_in' || kind === 'data') return { scope, resource, decision: 'allow' };
  const earlier = consent?.scopes.find(
    (known) => known.scope === scope && known.resource === resource,
  );
  return { scope, resource, decision: earlier?.decision ?? 'refuse' };
}

function decideScope(
  consent: Consent | null,
  asked: RequestedScope,
  answers: ConsentDecision,
): ConsentScope {
  const { scope, resource } = asked;
  const earlier = consent?.scopes.find(
    (known) => known.scope === scope && known.resource === resource,
  )?.decision;
  // Signing in and the scopes of values are not choices of their own: their claims were chosen one by one.
  if (asked.kind === 'sign_in' || asked.kind === 'data')
    return { scope, resource, decision: 'allow' };
  const answer = Object.hasOwn(answers.scopes ?? {}, scope) ? answers.scopes?.[scope] : earlier;
  const silence = asked.kind === 'offline' ? 'allow' : 'refuse';
  return { scope, resource, decision: answer ?? silence };
}
