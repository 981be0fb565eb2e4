import { AppError } from '../platform/app-error.ts';
import type { Attribute } from '../vault/index.ts';
import type { Asked, AskedClaim, AskedScope } from './asked.ts';
import type { Consent, ConsentItem, ConsentScope } from './consent.ts';
import { expiryOf, isWithin, type Duration } from './duration.ts';
import { findItem, isClaimAnswered } from './is-answered.ts';
import { isVerifiable } from './offered-values.ts';
import { REFUSE, type ConsentAnswers } from './question.ts';

export interface AnswerSituation {
  readonly asked: Asked;
  /** The consent so far. */
  readonly consent: Consent | null;
  /** Everything the person has stored. */
  readonly attributes: readonly Attribute[];
  readonly now: Date;
}

/** What is decided now; what was decided before about other things stays. */
export interface Decided {
  readonly items: readonly ConsentItem[];
  readonly scopes: readonly ConsentScope[];
}

/**
 * Turns answers into decisions. A person can never allow more than was asked, share what is not theirs, or share it
 * for longer than the app may have it. A claim that was asked and is not answered keeps an earlier answer that still
 * holds, else it is refused.
 * @throws AppError `claim_not_requested`, `scope_not_requested`, `attribute_not_found`, `attribute_not_verified`,
 *   `duration_too_long`; `essential_refused` (kind `forbidden`) when the app cannot work with these answers.
 */
export function applyAnswers(situation: AnswerSituation, answers: ConsentAnswers): Decided {
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

/** The attribute that a person chose for a claim. @throws AppError as {@link applyAnswers}. */
export function chooseAttribute(
  attributes: readonly Attribute[],
  claim: string,
  attributeId: string,
): Attribute {
  const chosen = attributes.find(({ id }) => id === attributeId);
  // Of another person or of another claim: both are unknown here, and the answer does not tell which.
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

/** @throws AppError `duration_too_long` beyond what the app may have. */
export function checkDuration(claim: string, duration: Duration, longest: Duration): Duration {
  if (isWithin(duration, longest)) return duration;
  throw new AppError('invalid', 'duration_too_long', { fields: { [claim]: 'duration_too_long' } });
}

function refuseUnasked(given: readonly string[], asked: readonly string[], code: string): void {
  if (given.some((name) => !asked.includes(name))) throw new AppError('invalid', code);
}

function decideClaim(
  { consent, attributes, now }: AnswerSituation,
  asked: AskedClaim,
  answers: ConsentAnswers,
): ConsentItem[] {
  const { claim } = asked;
  const earlier = findItem(consent, claim);
  const answer = Object.hasOwn(answers.claims, claim) ? answers.claims[claim] : undefined;
  if (answer === undefined && isClaimAnswered(earlier, asked, now)) return [];
  const wanted = answers.durations?.[claim] ?? asked.longestDuration;
  const duration = checkDuration(claim, wanted, asked.longestDuration);
  const common = {
    claim,
    isEssential: asked.isEssential,
    purposeVersion: asked.purposeVersion,
    duration,
    decidedAt: now,
    spentAt: null,
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

function decideScope(
  consent: Consent | null,
  asked: AskedScope,
  answers: ConsentAnswers,
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
