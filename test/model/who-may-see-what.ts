/**
 * A simple model of which app may read which value at which time. It is derived from the promises in docs/security.md,
 * not from the code, and has no tokens, caches, tables or pages.
 */

export type Duration = 'once' | '30_days' | '1_year' | 'until_withdrawn';

export const DURATIONS: readonly Duration[] = ['once', '30_days', '1_year', 'until_withdrawn'];

/** One decision of a person about one claim for one app. */
export interface Answer {
  attributeId: string | null;
  isEssential: boolean;
  /** Milliseconds; null: until withdrawn, or once. */
  expiresAt: number | null;
  isOnce: boolean;
  isSpent: boolean;
  /** A later request did not contain it, so it may have been removed from the consent or not. */
  isUncertain: boolean;
  /** The app has removed the claim since; after a new request the person must allow it again. */
  isGivenUp: boolean;
}

/** The state between one person and one app. */
export interface Relation {
  /** Null: never agreed, or ended. */
  consent: Map<string, Answer> | null;
  holdings: Holding[];
}

/** The result of one sign-in for the app. */
export interface Holding {
  accessTokens: string[];
  refreshToken: string | null;
  isDead: boolean;
  /** Claims that the request named for reading, through scopes or the `claims` parameter. */
  readonly asked: ReadonlySet<string>;
  /** Claims that may come in an ID token. */
  readonly askedAtOnce: ReadonlySet<string>;
  /** The claims of the scope of the token, among those for reading. */
  scoped: ReadonlySet<string>;
}

export interface ModelAttribute {
  readonly id: string;
  readonly claim: string;
  readonly value: string;
}

/** Claims that one answer covers. */
export const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone_number: ['phone_number', 'phone_number_verified'],
};

const DAYS: Readonly<Record<Duration, number | null>> = {
  once: null,
  '30_days': 30,
  '1_year': 365,
  until_withdrawn: null,
};

const DAY_MS = 86_400_000;

export function answerOf(
  input: { attributeId: string | null; isEssential: boolean; duration: Duration },
  now: number,
): Answer {
  const days = DAYS[input.duration];
  return {
    attributeId: input.attributeId,
    isEssential: input.isEssential,
    expiresAt: days === null || input.attributeId === null ? null : now + days * DAY_MS,
    isOnce: input.duration === 'once',
    isSpent: false,
    isUncertain: false,
    isGivenUp: false,
  };
}

/** Has an essential value expired? Then the app receives nothing. */
export function hasEssentialRunOut(consent: Map<string, Answer>, now: number): boolean {
  return essentialsRunOut(consent, now).some(({ isUncertain }) => !isUncertain);
}

function essentialsRunOut(consent: Map<string, Answer>, now: number): Answer[] {
  return [...consent.values()].filter(
    ({ isEssential, attributeId, expiresAt }) =>
      isEssential && attributeId !== null && expiresAt !== null && now >= expiresAt,
  );
}

export interface ReadSituation {
  readonly relation: Relation;
  readonly holding: Holding;
  readonly attributes: readonly ModelAttribute[];
  /** The current registration of the app; null while it is blocked. */
  readonly registered: ReadonlySet<string> | null;
  readonly now: number;
}

export interface Expected {
  /** The maximum of released values: claim -> its only permitted value. */
  readonly most: ReadonlyMap<string, ModelAttribute>;
  /** The values that must be released, unless `mayRefuse` permits a refusal. */
  readonly least: ReadonlySet<string>;
  readonly mayRefuse: boolean;
  /** Nothing may be issued any more. */
  readonly isOver: boolean;
}

/** The values that one read may return. */
export function expectRead(situation: ReadSituation): Expected {
  const { relation, holding, attributes, registered, now } = situation;
  const nothing = {
    most: new Map<string, ModelAttribute>(),
    least: new Set<string>(),
    mayRefuse: true,
    isOver: true,
  };
  const { consent } = relation;
  if (consent === null || registered === null || holding.isDead) return nothing;
  if (hasEssentialRunOut(consent, now)) return nothing;
  const most = new Map<string, ModelAttribute>();
  const least = new Set<string>();
  for (const [claim, answer] of consent) {
    const attribute = attributes.find(({ id }) => id === answer.attributeId);
    const isOver = answer.isSpent || (answer.expiresAt !== null && now >= answer.expiresAt);
    if (attribute === undefined || isOver || answer.isGivenUp) continue;
    if (!holding.asked.has(claim) || !registered.has(claim)) continue;
    most.set(claim, attribute);
    if (holding.scoped.has(claim) && !answer.isUncertain) least.add(claim);
  }
  // A claim that may have been removed may also still be in the consent.
  const mayHaveRunOut = essentialsRunOut(consent, now).length > 0;
  return {
    most,
    least: mayHaveRunOut ? new Set() : least,
    mayRefuse: mayHaveRunOut,
    isOver: false,
  };
}
