import { setTimeout as pause } from 'node:timers/promises';

import { isAppError } from '../../src/platform/app-error.ts';
import { authorize, type Authorized } from './authorize.ts';
import type { Chosen } from './choose-on-page.ts';
import type { Step, Pair } from './step.ts';
import { refreshInTime } from './app-steps.ts';
import { relationOf, problemWithIdToken, endAll } from './held.ts';
import { CLAIMS, consentOf, SCOPE_OF, type Claim, type World } from './world.ts';
import {
  answerOf,
  hasEssentialRunOut,
  type Answer,
  type Holding,
  type ModelAttribute,
  type Relation,
} from './who-may-see-what.ts';

/**
 * Repeats the request until its answer fits the model, at most for the time in which a node may still have an older copy.
 * @throws Error when the person could not sign in although they should.
 */
async function authorizeInTime(
  world: World,
  step: Extract<Step, { kind: 'authorize' }>,
): Promise<Authorized> {
  const relation = relationOf(world, step);
  const deadline = performance.now() + world.toleranceMs;
  for (;;) {
    const result = await authorize(world, step);
    const isBlocked = world.apps[step.app]?.isBlocked === true;
    const isLate = performance.now() >= deadline;
    if (result.kind === 'signed_in') {
      const isWithoutConsent = relation.consent === null && result.chosen === null;
      if (!(isBlocked || isWithoutConsent) || isLate) return result;
      relation.holdings.push({ ...holdingOf(step, result), isDead: true });
    } else if (result.kind === 'left') {
      if (result.hasStopped) end(relation);
      if (lacksEssential(world, step) && isAskedToAdd(result.text)) return result;
      if (isLate) throw new Error(`not accepted: ${result.text}`);
    } else {
      if (isBlocked || step.prompt === 'none') return result;
      if (isLate) throw new Error(`authorize: ${result.error}`);
    }
    // The node may be notified of a change up to a second later.
    await pause(50);
  }
}

/** Does the app need a claim, and request it now, of which the person has no value? */
function lacksEssential(world: World, step: Extract<Step, { kind: 'authorize' }>): boolean {
  const asked = askedIn(step);
  const own = world.people[step.person]?.attributes ?? [];
  return [...(world.apps[step.app]?.requests ?? [])].some(
    ([name, { isEssential }]) =>
      isEssential && asked.has(name) && !own.some(({ claim }) => claim === name),
  );
}

/** The texts of the consent page for a missing value: in a field, on another page, and where it cannot be added. */
function isAskedToAdd(text: string): boolean {
  return /Fill this in|Add a phone number|Add an e-mail address|cannot be added here/.test(text);
}

function askedIn(step: Extract<Step, { kind: 'authorize' }>): ReadonlySet<string> {
  const fromScopes = CLAIMS.filter((name) => step.scopes.includes(SCOPE_OF[name]));
  return new Set<string>([...fromScopes, ...step.userinfoClaims, ...step.idTokenClaims]);
}

export async function signInAt(
  world: World,
  step: Extract<Step, { kind: 'authorize' }>,
): Promise<void> {
  const known = world.apps[step.app];
  if (known === undefined) return;
  const relation = relationOf(world, step);
  const result = await authorizeInTime(world, step);
  if (result.kind !== 'signed_in') return;
  if (known.isBlocked) throw new Error('authorize: a blocked app got somebody signed in');
  const fromScopes = CLAIMS.filter((name) => step.scopes.includes(SCOPE_OF[name]));
  if (result.chosen !== null) {
    if (lacksEssential(world, step))
      throw new Error('authorize: allowed without a value that the app needs');
    const { chosen } = result;
    decide(world, step, { asked: askedIn(step), fromScopes: new Set(fromScopes), chosen });
  } else if (relation.consent === null) {
    throw new Error('authorize: nobody was asked, and nobody had agreed');
  } else if (hasEssentialRunOut(relation.consent, world.now())) {
    throw new Error('authorize: nobody was asked although something essential had run out');
  }
  const holding = holdingOf(step, result);
  relation.holdings.push(holding);
  const held = { ...step, relation, holding };
  const problem = problemWithIdToken(world, held, result.tokens.id_token ?? '');
  if (problem === null) return;
  // Another node may be notified of a change later; then a repeated refresh returns the right values.
  if (world.toleranceMs === 0 || holding.refreshToken === null)
    throw new Error(`ID token: ${problem}`);
  await refreshInTime(world, held, 0);
}

function holdingOf(
  step: Extract<Step, { kind: 'authorize' }>,
  { tokens }: Extract<Authorized, { kind: 'signed_in' }>,
): Holding {
  const fromScopes = CLAIMS.filter((name) => step.scopes.includes(SCOPE_OF[name]));
  const asked = new Set<string>([...fromScopes, ...step.userinfoClaims]);
  const granted = (tokens.scope ?? '').split(' ');
  return {
    accessTokens: [tokens.access_token],
    refreshToken: tokens.refresh_token ?? null,
    isDead: false,
    asked,
    askedAtOnce: new Set<string>([...asked, ...step.idTokenClaims]),
    scoped: new Set<string>(fromScopes.filter((name) => granted.includes(SCOPE_OF[name]))),
  };
}

function decide(
  world: World,
  pair: Pair,
  {
    asked,
    fromScopes,
    chosen,
  }: {
    readonly asked: ReadonlySet<string>;
    readonly fromScopes: ReadonlySet<string>;
    readonly chosen: ReadonlyMap<string, Chosen>;
  },
): void {
  const requests = world.apps[pair.app]?.requests ?? new Map();
  const relation = relationOf(world, pair);
  const consent = consentOf(relation);
  // Claims that are not in a request may be removed from the consent; then earlier tokens release less.
  for (const holding of relation.holdings) {
    holding.scoped = new Set([...holding.scoped].filter((name) => fromScopes.has(name)));
  }
  for (const [name, answer] of consent) {
    if (!asked.has(name) || !requests.has(name)) answer.isUncertain = true;
  }
  for (const [name, { value, duration: lasting }] of chosen) {
    const request = requests.get(name);
    if (request === undefined || !asked.has(name)) {
      throw new Error(`the consent page asked for ${name}, which the app may not ask for`);
    }
    const attributeId = value === 'refuse' ? null : value;
    requireOwn(world, pair.person, attributeId);
    consent.set(
      name,
      answerOf(
        { attributeId, isEssential: request.isEssential, duration: lasting ?? request.longest },
        world.now(),
      ),
    );
  }
  refuseTheRest(consent, asked, requests);
}

/** A claim without a stored value is not shared. */
function refuseTheRest(
  consent: Map<string, Answer>,
  asked: ReadonlySet<string>,
  requests: ReadonlyMap<string, { readonly isEssential: boolean }>,
): void {
  for (const [name, { isEssential }] of requests) {
    if (!asked.has(name) || consent.has(name)) continue;
    consent.set(name, answerOf({ attributeId: null, isEssential, duration: 'once' }, 0));
  }
}

function requireOwn(world: World, personIndex: number, attributeId: string | null): void {
  if (attributeId === null) return;
  const own = world.people[personIndex]?.attributes.some(({ id }) => id === attributeId);
  if (own !== true) throw new Error('the consent page offered a value that is not theirs');
}

/** Also values of the other claims, and of the other person. */
function candidatesFor(
  { people }: World,
  { person, claim }: { readonly person: number; readonly claim: Claim },
): readonly (ModelAttribute | null)[] {
  const own = people[person]?.attributes ?? [];
  const others = people[(person + 1) % people.length]?.attributes ?? [];
  const fitting = own.filter((known) => known.claim === claim);
  return [null, ...fitting, ...own.slice(0, 1), ...others.slice(0, 1)];
}

export async function change(world: World, step: Extract<Step, { kind: 'change' }>): Promise<void> {
  const { people, apps, connected } = world;
  const candidates = candidatesFor(world, step);
  const chosen = candidates[step.choice % candidates.length] ?? null;
  const clientId = apps[step.app]?.app.clientId ?? '';
  const accountId = people[step.person]?.person.accountId ?? '';
  try {
    await connected.consents.changeItem({
      accountId,
      clientId,
      claim: step.claim,
      choice: chosen?.id ?? 'refuse',
      duration: step.duration,
      locale: 'en',
    });
  } catch (error) {
    if (isAppError(error) && error.kind !== 'unavailable') return;
    throw error;
  }
  noteChange(world, step, chosen);
}

/** The server accepted it, so the model must permit it. */
function noteChange(
  world: World,
  step: Extract<Step, { kind: 'change' }>,
  chosen: ModelAttribute | null,
): void {
  const relation = relationOf(world, step);
  const answer = relation.consent?.get(step.claim);
  if (answer === undefined) throw new Error(`change: ${step.claim} was never decided about`);
  if (chosen !== null && chosen.claim !== step.claim) throw new Error('change: of another claim');
  requireOwn(world, step.person, chosen?.id ?? null);
  const { isEssential, isGivenUp } = answer;
  const attributeId = chosen?.id ?? null;
  const changed = answerOf({ attributeId, isEssential, duration: step.duration }, world.now());
  // A decision about an outdated request may apply only after the next request of the app.
  consentOf(relation).set(step.claim, { ...changed, isUncertain: isGivenUp });
}

export async function withdraw(world: World, pair: Pair): Promise<void> {
  await world.connected.consents.withdraw({
    accountId: world.people[pair.person]?.person.accountId ?? '',
    clientId: world.apps[pair.app]?.app.clientId ?? '',
  });
  end(relationOf(world, pair));
}

function end(relation: Relation): void {
  relation.consent = null;
  endAll(relation);
}

export async function removeValue(
  world: World,
  { person: index, claim: name }: { readonly person: number; readonly claim: Claim },
): Promise<void> {
  const owner = world.people[index];
  // The sign-in address is not deleted.
  const found =
    owner?.attributes.findIndex(
      ({ claim: known, value }) => known === name && value !== owner.person.email,
    ) ?? -1;
  const attribute = owner?.attributes[found];
  if (owner === undefined || attribute === undefined) return;
  const { accountId } = owner.person;
  await world.connected.vault.removeAttribute({ accountId, attributeId: attribute.id });
  owner.attributes.splice(found, 1);
}

export async function signOutEverywhere(
  world: World,
  { person: index }: { readonly person: number },
) {
  // The library uses the clock of the machine for sign-ins, so after a cut-off in the future no sign-in would be
  // possible.
  if (world.now() > Date.now() + 1_000) return;
  const accountId = world.people[index]?.person.accountId ?? '';
  await world.connected.accounts.signOutEverywhere({ accountId });
  for (const appIndex of world.apps.keys()) {
    endAll(relationOf(world, { person: index, app: appIndex }));
  }
}
