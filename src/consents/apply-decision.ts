import { AppError } from '../platform/app-error.ts';
import type { Attribute } from '../vault/index.ts';
import type { RequestedAccess, RequestedClaim, RequestedScope } from './requested-access.ts';
import type { ConsentChange, KeptTerms } from './consent-change.ts';
import type { Consent, ConsentItem, ConsentScope } from './consent.ts';
import { expiryOf, isWithin, type Duration } from './duration.ts';
import { changesOf, findItem, coversClaim } from './covers-request.ts';
import { isVerifiable } from './offered-values.ts';
import { REFUSE, type ConsentDecision } from './consent-decision.ts';

/** The facts on which a decision is applied. */
export interface DecisionInput {
  readonly requested: RequestedAccess;
  /** The consent before the decision. */
  readonly consent: Consent | null;
  /** Everything the person has stored. */
  readonly attributes: readonly Attribute[];
  readonly now: Date;
}

/**
 * Applies the decision of a person to the requested claims and permissions. A person can never allow more than was
 * requested, share a value of another account, or share it for longer than the app may have it. A claim that was
 * requested and is not answered keeps an earlier answer that is still valid, else it is refused.
 * @throws AppError `claim_not_requested`, `scope_not_requested`, `attribute_not_found`, `attribute_not_verified`,
 *   `duration_too_long`; `essential_refused` (kind `forbidden`) when a claim that the app needs is refused.
 */
export function applyDecision(input: DecisionInput, decision: ConsentDecision): ConsentChange {
  const { requested } = input;
  refuseUnrequested(
    [...Object.keys(decision.claims), ...Object.keys(decision.durations ?? {})],
    requested.claims.map(({ claim }) => claim),
    'claim_not_requested',
  );
  refuseUnrequested(
    Object.keys(decision.scopes ?? {}),
    requested.scopes.map(({ scope }) => scope),
    'scope_not_requested',
  );
  return {
    items: requested.claims.flatMap((claim) => decideClaim(input, claim, decision)),
    scopes: requested.scopes.map((scope) => decideScope(input.consent, scope, decision)),
  };
}

/** The attribute that a person chose for a claim. @throws AppError as {@link applyDecision}. */
export function chooseAttribute(
  attributes: readonly Attribute[],
  claim: string,
  attributeId: string,
): Attribute {
  const chosen = attributes.find(({ id }) => id === attributeId);
  // A value of another person or of another claim; the error is the same for both.
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

function refuseUnrequested(
  given: readonly string[],
  requested: readonly string[],
  code: 'claim_not_requested' | 'scope_not_requested',
): void {
  if (given.some((name) => !requested.includes(name))) throw new AppError('invalid', code);
}

function decideClaim(
  { consent, attributes, now }: DecisionInput,
  requested: RequestedClaim,
  decision: ConsentDecision,
): ConsentItem[] {
  const { claim } = requested;
  const earlier = findItem(consent, claim);
  const answer = Object.hasOwn(decision.claims, claim) ? decision.claims[claim] : undefined;
  if (answer === undefined && coversClaim(earlier, requested, now)) return [];
  const wanted = decision.durations?.[claim] ?? requested.longestDuration;
  const duration = checkDuration(claim, wanted, requested.longestDuration);
  const common = {
    claim,
    isEssential: requested.isEssential,
    purposeVersion: requested.purposeVersion,
    purpose: requested.purpose,
    duration,
    seenDuration: requested.longestDuration,
    keptVersion: null,
    decidedAt: now,
    usedAt: null,
  };
  if (answer === undefined || answer === REFUSE) {
    if (requested.isEssential) {
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
 * Keeps the earlier decisions on their old terms, even if the purpose has changed or a claim has become essential.
 * Claims and permissions that were never requested before are refused, even if the app calls them essential
 * (docs/decisions/0022).
 * @throws AppError `nothing_to_keep` (kind `conflict`) when the earlier decision about an essential claim is no longer
 * valid.
 */
export function keepPreviousTerms({
  requested,
  consent,
  now,
}: Omit<DecisionInput, 'attributes'>): ConsentChange {
  const items: ConsentItem[] = [];
  const keptTerms: KeptTerms[] = [];
  for (const claim of requested.claims) {
    const earlier = findItem(consent, claim.claim);
    if (earlier === undefined) items.push(refusedByKeeping(claim, now));
    else if (!coversClaim(earlier, claim, now)) keptTerms.push(keepItem(earlier, claim, now));
  }
  const scopes = requested.scopes.map((scope) => keepScope(consent, scope));
  return { items, scopes, keptTerms };
}

function refusedByKeeping(requested: RequestedClaim, now: Date): ConsentItem {
  return {
    claim: requested.claim,
    decision: 'refuse',
    attributeId: null,
    // On the earlier terms the claim was voluntary.
    isEssential: false,
    purposeVersion: requested.purposeVersion,
    purpose: requested.purpose,
    duration: requested.longestDuration,
    seenDuration: requested.longestDuration,
    keptVersion: requested.purposeVersion,
    decidedAt: now,
    expiresAt: null,
    usedAt: null,
  };
}

function keepItem(earlier: ConsentItem, requested: RequestedClaim, now: Date): KeptTerms {
  const { claim, purposeVersion: keptVersion, longestDuration: seenDuration } = requested;
  const isOver = changesOf({ ...earlier, keptVersion }, requested, now).includes('over');
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
  requested: RequestedScope,
  decision: ConsentDecision,
): ConsentScope {
  const { scope, resource } = requested;
  const earlier = consent?.scopes.find(
    (known) => known.scope === scope && known.resource === resource,
  )?.decision;
  // The scope of the sign-in and data scopes need no separate choice, because their claims were decided one by one.
  if (requested.kind === 'sign_in' || requested.kind === 'data')
    return { scope, resource, decision: 'allow' };
  const answer = Object.hasOwn(decision.scopes ?? {}, scope) ? decision.scopes?.[scope] : earlier;
  const silence = requested.kind === 'offline' ? 'allow' : 'refuse';
  return { scope, resource, decision: answer ?? silence };
}
