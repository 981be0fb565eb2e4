import { setTimeout as pause } from 'node:timers/promises';

import fc from 'fast-check';

import { AppError } from '../../src/platform/app-error.ts';
import {
  addValue,
  authorize,
  callsOf,
  CLAIMS,
  consentOf,
  keyOf,
  requestsOf,
  SCOPE_OF,
  type AuthorizeInput,
  type Claim,
  type World,
} from './world.ts';
import {
  answerOf,
  COMPANIONS,
  expectRead,
  hasEssentialRunOut,
  type Answer,
  type Duration,
  type Expected,
  type Holding,
  type ModelAttribute,
  type Relation,
} from './who-may-see-what.ts';

/** Anything that a person, an app, an administrator or time can do. */
export type Step =
  | ({ readonly kind: 'authorize' } & AuthorizeInput)
  | {
      readonly kind: 'read';
      readonly pick: number;
      readonly channel: Channel;
      readonly node: number;
    }
  | { readonly kind: 'refresh'; readonly pick: number; readonly node: number }
  | { readonly kind: 'spy'; readonly pick: number; readonly node: number }
  | ({
      readonly kind: 'change';
      readonly claim: Claim;
      readonly choice: number;
      readonly duration: Duration;
    } & Pair)
  | ({ readonly kind: 'withdraw' } & Pair)
  | { readonly kind: 'add value' | 'remove value'; readonly person: number; readonly claim: Claim }
  | { readonly kind: 'sign out everywhere'; readonly person: number }
  | { readonly kind: 'register'; readonly app: number; readonly claim: Claim; readonly how: number }
  | { readonly kind: 'block'; readonly app: number }
  | { readonly kind: 'wait'; readonly days: number };

interface Pair {
  readonly person: number;
  readonly app: number;
}

type Channel = 'userinfo' | 'profile' | 'introspect';

const CHANNELS: readonly Channel[] = ['userinfo', 'userinfo', 'profile', 'introspect'];
/** What the ledger calls them. */
const LEDGER_CHANNEL: Readonly<Record<Channel, string>> = {
  userinfo: 'userinfo',
  profile: 'account_api',
  introspect: 'introspection',
};
const DURATIONS: readonly Duration[] = ['once', '30_days', '1_year', 'until_withdrawn'];

const person = fc.nat(1);
const app = fc.nat(1);
const claim = fc.constantFrom(...CLAIMS);
const someClaims = fc.subarray([...CLAIMS]);
const pick = fc.nat(99);
const node = fc.nat(1);
const duration = fc.constantFrom(...DURATIONS);

/** Mostly reads: they are what may go wrong, and they are cheap. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      pick,
      channel: fc.constantFrom(...CHANNELS),
      node,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('refresh' as const), pick, node }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('spy' as const), pick, node }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('authorize' as const),
      person,
      app,
      scopes: fc.subarray(['profile', 'email', 'phone']),
      userinfoClaims: someClaims,
      idTokenClaims: someClaims,
      prompt: fc.constantFrom('none' as const, 'consent' as const, 'consent' as const, null),
      choices: fc.array(pick, { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      person,
      app,
      claim,
      choice: pick,
      duration,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), person, app }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add value' as const), person, claim }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('remove value' as const), person, claim }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('sign out everywhere' as const), person }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('register' as const), app, claim, how: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('block' as const), app }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.constantFrom(1, 31, 366) }),
  },
);

/** Does one step at the server and in the model. @throws Error when the server gave what the model does not allow. */
export async function takeStep(world: World, step: Step): Promise<void> {
  world.steps += 1;
  switch (step.kind) {
    case 'authorize':
      return signInAt(world, step);
    case 'read':
      return read(world, step);
    case 'refresh':
      return refresh(world, step);
    case 'spy':
      return spy(world, step);
    case 'change':
      return change(world, step);
    case 'withdraw':
      return withdraw(world, step);
    case 'add value':
      return addValue(world.connected, world.people, { index: step.person, claim: step.claim });
    case 'remove value':
      return removeValue(world, step);
    case 'sign out everywhere':
      return signOutEverywhere(world, step);
    case 'register':
      return register(world, step);
    case 'block':
      return block(world, step);
    case 'wait':
      return world.advance?.(step.days * 86_400);
  }
}

interface Held extends Pair {
  readonly relation: Relation;
  readonly holding: Holding;
}

function allHoldings(world: World): Held[] {
  return [...world.relations].flatMap(([key, relation]) => {
    const [personIndex = 0, appIndex = 0] = key.split(':').map(Number);
    return relation.holdings.map((holding) => ({
      person: personIndex,
      app: appIndex,
      relation,
      holding,
    }));
  });
}

function pickHeld(world: World, nth: number): Held | undefined {
  const all = allHoldings(world);
  return all[nth % Math.max(all.length, 1)];
}

function relationOf(world: World, { person: personIndex, app: appIndex }: Pair): Relation {
  const relation = world.relations.get(keyOf(personIndex, appIndex));
  if (relation === undefined) throw new Error('nobody there');
  return relation;
}

function expected(world: World, held: Held): Expected {
  const known = world.apps[held.app];
  return expectRead({
    relation: held.relation,
    holding: held.holding,
    attributes: world.people[held.person]?.attributes ?? [],
    registered: known === undefined || known.isBlocked ? null : new Set(known.requests.keys()),
    now: world.now(),
  });
}

/** Names that say nothing of the person's values. */
const PROTOCOL = new Set(
  'sub iss aud azp exp iat nbf jti nonce at_hash c_hash auth_time acr amr sid active client_id scope token_type cnf'.split(
    ' ',
  ),
);

/** Compares what came with what may come, claim by claim and value by value. */
function problemWith(body: Readonly<Record<string, unknown>>, { most }: Expected): string | null {
  const allowed = new Map<string, unknown>();
  // When any value changed last; says nothing without one.
  if (most.size > 0 && 'updated_at' in body) allowed.set('updated_at', body['updated_at']);
  for (const [name, { value }] of most) {
    for (const each of COMPANIONS[name] ?? [name]) {
      allowed.set(each, each.endsWith('_verified') ? true : value);
    }
  }
  for (const [name, value] of Object.entries(body)) {
    if (PROTOCOL.has(name)) continue;
    if (!allowed.has(name)) return `${name} left, and nobody allowed it: ${JSON.stringify(value)}`;
    if (allowed.get(name) !== value) {
      return `${name} left as ${JSON.stringify(value)} instead of ${JSON.stringify(allowed.get(name))}`;
    }
  }
  return null;
}

function missingFrom(body: Readonly<Record<string, unknown>>, { least }: Expected): string | null {
  const lacking = [...least].filter((name) => !(name in body));
  return lacking.length === 0 ? null : `${lacking.join(', ')} did not come, and was allowed`;
}

/** Writes down that values left, and uses up what may leave once. */
function noteRelease(
  world: World,
  held: Held,
  { channel, body }: { channel: string; body: object },
): void {
  const claims = Object.keys(body).filter((name) => !PROTOCOL.has(name));
  if (claims.length === 0) return;
  world.releases.push({ person: held.person, app: held.app, channel, claims: claims.toSorted() });
  for (const name of claims) {
    const answer = held.relation.consent?.get(name);
    if (answer?.isOnce === true) answer.isSpent = true;
  }
}

async function read(world: World, step: Extract<Step, { kind: 'read' }>): Promise<void> {
  const held = pickHeld(world, step.pick);
  const token = held?.holding.accessTokens.at(step.pick % 3 === 0 ? 0 : -1);
  if (held === undefined || token === undefined) return;
  const calls = callsOf(world, held.app, step.node);
  const deadline = performance.now() + world.toleranceMs;
  for (;;) {
    const known = expected(world, held);
    const answer = await calls[step.channel](token);
    const body = answer.isRefused ? {} : valuesIn(answer.body, step.channel);
    if (!answer.isRefused)
      noteRelease(world, held, { channel: LEDGER_CHANNEL[step.channel], body });
    const late = answer.isRefused && !known.mayRefuse ? 'refused, and it was allowed' : null;
    const problem =
      problemWith(body, known) ??
      (step.channel === 'introspect' ? null : (late ?? missingFrom(body, known)));
    if (problem === null) return;
    // Another node may hear of a change a little later; a second at the most.
    if (performance.now() >= deadline) throw new Error(`${step.channel}: ${problem}`);
    await pause(20);
  }
}

/** The account API has the values in a member of their own. */
function valuesIn(
  body: Readonly<Record<string, unknown>>,
  channel: Channel,
): Readonly<Record<string, unknown>> {
  return channel === 'profile' ? (body['claims'] as Record<string, unknown>) : body;
}

async function refresh(world: World, step: Extract<Step, { kind: 'refresh' }>): Promise<void> {
  const held = pickHeld(world, step.pick);
  if (held === undefined || held.holding.refreshToken === null) return;
  const known = expected(world, held);
  const deadline = performance.now() + world.toleranceMs;
  for (;;) {
    const answer = await callsOf(world, held.app, step.node).refresh(held.holding.refreshToken);
    if (answer.isRefused) {
      if (!known.mayRefuse) throw new Error('refresh: refused, and it was allowed');
      return;
    }
    const { access_token: access, refresh_token: next, id_token: idToken } = answer.body;
    held.holding.refreshToken = String(next);
    if (typeof idToken === 'string') checkIdToken(world, held, idToken);
    if (!known.mayRefuse) {
      held.holding.accessTokens.push(String(access));
      return;
    }
    if (performance.now() >= deadline) throw new Error('refresh: allowed, and it had ended');
    await pause(20);
  }
}

/** Another app, and an app with another person's token, learn nothing. */
async function spy(world: World, step: Extract<Step, { kind: 'spy' }>): Promise<void> {
  const held = pickHeld(world, step.pick);
  const token = held?.holding.accessTokens.at(-1);
  if (held === undefined || token === undefined) return;
  const other = (held.app + 1) % world.apps.length;
  if (world.apps[other]?.isBlocked === true) return;
  const calls = callsOf(world, other, step.node);
  const told = await calls.introspect(token);
  if (!told.isRefused) throw new Error('another app was told about a token');
  if (held.holding.refreshToken === null) return;
  const refreshed = await calls.refresh(held.holding.refreshToken);
  if (!refreshed.isRefused) throw new Error('another app used a refresh token');
}

async function signInAt(world: World, step: Extract<Step, { kind: 'authorize' }>): Promise<void> {
  const known = world.apps[step.app];
  if (known === undefined) return;
  const relation = relationOf(world, step);
  const result = await authorize(world, step);
  if (result.kind === 'refused') {
    const lacksSomething = result.error.includes('something you do not have here');
    if (step.prompt !== 'none' && !known.isBlocked && !lacksSomething) {
      throw new Error(`authorize: ${result.error}`);
    }
    return;
  }
  if (known.isBlocked) throw new Error('authorize: a blocked app got somebody signed in');
  const fromScopes = CLAIMS.filter((name) => step.scopes.includes(SCOPE_OF[name]));
  const asked = new Set<string>([...fromScopes, ...step.userinfoClaims, ...step.idTokenClaims]);
  if (result.chosen !== null)
    decide(world, step, { asked, fromScopes: new Set(fromScopes), chosen: result.chosen });
  else if (relation.consent === null) {
    throw new Error('authorize: nobody was asked, and nobody had agreed');
  } else if (hasEssentialRunOut(relation.consent, world.now())) {
    throw new Error('authorize: nobody was asked although something essential had run out');
  }
  const granted = (result.tokens.scope ?? '').split(' ');
  const holding: Holding = {
    accessTokens: [result.tokens.access_token],
    refreshToken: result.tokens.refresh_token ?? null,
    isDead: false,
    asked: new Set<string>([...fromScopes, ...step.userinfoClaims]),
    askedAtOnce: asked,
    scoped: new Set<string>(fromScopes.filter((name) => granted.includes(SCOPE_OF[name]))),
  };
  relation.holdings.push(holding);
  const idToken = result.tokens.id_token ?? '';
  checkIdToken(world, { ...step, relation, holding }, idToken);
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
    readonly chosen: ReadonlyMap<string, { value: string; duration: Duration | null }>;
  },
): void {
  const requests = world.apps[pair.app]?.requests ?? new Map();
  const relation = relationOf(world, pair);
  const consent = consentOf(relation);
  // What a request does not name may leave the consent, and then earlier tokens bring less.
  for (const holding of relation.holdings) {
    holding.scoped = new Set([...holding.scoped].filter((name) => fromScopes.has(name)));
  }
  for (const [name, answer] of consent) {
    if (!asked.has(name)) answer.isUncertain = true;
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

/** Of what a person does not have, nothing is shared. */
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

function checkIdToken(world: World, held: Held, idToken: string): void {
  const payload = JSON.parse(
    Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8'),
  ) as Record<string, unknown>;
  const holding = { ...held.holding, asked: held.holding.askedAtOnce };
  const problem = problemWith(payload, expected(world, { ...held, holding }));
  if (problem !== null) throw new Error(`ID token: ${problem}`);
  noteRelease(world, held, { channel: 'id_token', body: payload });
}

async function change(world: World, step: Extract<Step, { kind: 'change' }>): Promise<void> {
  const { people, apps, connected } = world;
  const relation = relationOf(world, step);
  // Also values of the other claims, and of the other person.
  const candidates: readonly (ModelAttribute | null)[] = [
    null,
    ...(people[step.person]?.attributes.filter((known) => known.claim === step.claim) ?? []),
    ...(people[step.person]?.attributes.slice(0, 1) ?? []),
    ...(people[(step.person + 1) % people.length]?.attributes.slice(0, 1) ?? []),
  ];
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
    if (error instanceof AppError && error.kind !== 'unavailable') return;
    throw error;
  }
  const answer = relation.consent?.get(step.claim);
  if (answer === undefined) throw new Error(`change: ${step.claim} was never decided about`);
  if (chosen !== null && chosen.claim !== step.claim) throw new Error('change: of another claim');
  requireOwn(world, step.person, chosen?.id ?? null);
  const { isEssential } = answer;
  consentOf(relation).set(
    step.claim,
    answerOf(
      { attributeId: chosen?.id ?? null, isEssential, duration: step.duration },
      world.now(),
    ),
  );
}

async function withdraw(world: World, pair: Pair): Promise<void> {
  await world.connected.consents.withdraw({
    accountId: world.people[pair.person]?.person.accountId ?? '',
    clientId: world.apps[pair.app]?.app.clientId ?? '',
  });
  const relation = relationOf(world, pair);
  relation.consent = null;
  endAll(relation);
}

function endAll(relation: Relation): void {
  for (const holding of relation.holdings) holding.isDead = true;
}

async function removeValue(
  world: World,
  { person: index, claim: name }: { readonly person: number; readonly claim: Claim },
): Promise<void> {
  const owner = world.people[index];
  // The address they sign in with stays.
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

async function signOutEverywhere(world: World, { person: index }: { readonly person: number }) {
  // The library dates sign-ins by the machine's clock: after a cut-off in years to come nobody could sign in.
  if (world.now() > Date.now() + 1_000) return;
  const accountId = world.people[index]?.person.accountId ?? '';
  await world.connected.accounts.signOutEverywhere({ accountId });
  for (const appIndex of world.apps.keys()) {
    endAll(relationOf(world, { person: index, app: appIndex }));
  }
}

/** The developer asks in another way: another purpose, another necessity, for less long, or not at all. */
async function register(world: World, step: Extract<Step, { kind: 'register' }>): Promise<void> {
  const known = world.apps[step.app];
  if (known === undefined || known.isBlocked) return;
  const requests = new Map(known.requests);
  const before = requests.get(step.claim) ?? { isEssential: false, longest: 'until_withdrawn' };
  if (step.how === 0 && requests.size > 1) requests.delete(step.claim);
  else if (step.how === 1)
    requests.set(step.claim, { ...before, isEssential: !before.isEssential });
  else if (step.how === 2) requests.set(step.claim, { ...before, longest: '30_days' });
  else requests.set(step.claim, { ...before, longest: 'until_withdrawn' });
  const purposes = new Map(step.how === 5 ? [[step.claim, 'Another purpose']] : []);
  await world.connected.clients.setRequests({
    clientId: known.app.clientId,
    manager: { accountId: world.people[0]?.person.accountId ?? '', isAdministrator: false },
    requests: requestsOf(requests, purposes),
  });
  known.requests = requests;
}

async function block(world: World, { app: index }: { readonly app: number }): Promise<void> {
  const known = world.apps[index];
  if (known === undefined) return;
  await world.connected.clients.setStatus({
    clientId: known.app.clientId,
    status: known.isBlocked ? 'active' : 'suspended',
    manager: { accountId: world.people[0]?.person.accountId ?? '', isAdministrator: true },
  });
  known.isBlocked = !known.isBlocked;
  for (const personIndex of world.people.keys()) {
    endAll(relationOf(world, { person: personIndex, app: index }));
  }
}
