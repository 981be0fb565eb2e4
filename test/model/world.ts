import { createHash } from 'node:crypto';

import type { Client } from '../../src/clients/index.ts';
import type { Connected } from '../../src/server/services.ts';
import { appAt } from '../support/people/app-calls.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import type { Answer, Duration, ModelAttribute, Relation } from './who-may-see-what.ts';

export const CLAIMS = ['name', 'nickname', 'birthdate', 'email', 'phone_number'] as const;
export type Claim = (typeof CLAIMS)[number];

export const SCOPE_OF: Readonly<Record<Claim, string>> = {
  name: 'profile',
  nickname: 'profile',
  birthdate: 'profile',
  email: 'email',
  phone_number: 'phone',
};

export interface ModelPerson {
  readonly person: TestPerson;
  readonly attributes: ModelAttribute[];
  readonly visitor: Visitor;
}

interface Request {
  readonly isEssential: boolean;
  readonly longest: Duration;
}

export interface ModelApp {
  readonly app: ThirdPartyApp;
  client: Client;
  /** The current registration; null while it is blocked. */
  requests: Map<string, Request>;
  isBlocked: boolean;
}

/** One release in an answer to the app. */
export interface SeenRelease {
  readonly person: number;
  readonly app: number;
  readonly channel: string;
  readonly claims: readonly string[];
}

/** The real server and the state of the model. */
export interface World {
  readonly connected: Connected;
  readonly issuer: string;
  /** Where reads go; several nodes of one installation. */
  readonly nodeUrls: readonly string[];
  readonly people: readonly ModelPerson[];
  readonly apps: readonly ModelApp[];
  readonly relations: ReadonlyMap<string, Relation>;
  readonly releases: SeenRelease[];
  /** Milliseconds in which another node may not be notified of a change yet; 0 for a single node. */
  readonly toleranceMs: number;
  now(): number;
  /** Null where the servers have clocks of their own. */
  readonly advance: ((seconds: number) => Promise<void>) | null;
  steps: number;
}

export interface WorldOptions {
  readonly connected: Connected;
  readonly issuer: string;
  readonly nodeUrls: readonly string[];
  readonly people: readonly ModelPerson[];
  readonly toleranceMs: number;
  readonly now: () => number;
  readonly advance: ((seconds: number) => Promise<void>) | null;
}

const APPS = 2;

/** Fresh apps for the same people: every run begins without any decision. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const apps: ModelApp[] = [];
  const owner = options.people[0]?.person.accountId ?? '';
  for (let index = 0; index < APPS; index += 1) {
    const requests = firstRequests(index);
    const app = await registerThirdPartyApp(
      { url: options.issuer, connected: options.connected },
      owner,
      { requests: requestsOf(requests) },
    );
    const client = await options.connected.clients.find(app.clientId);
    if (client === null) throw new Error('the app is not there');
    apps.push({ app, client, requests, isBlocked: false });
  }
  const relations = new Map<string, Relation>();
  for (const person of options.people.keys()) {
    for (const app of apps.keys()) {
      relations.set(keyOf(person, app), { consent: null, holdings: [] });
    }
  }
  return { ...options, apps, relations, releases: [], steps: 0 };
}

/** The first app needs a name and a nickname, each for a month at most; the other one needs nothing. */
function firstRequests(app: number): Map<string, Request> {
  return new Map(
    CLAIMS.map((claim) => {
      const isEssential = app === 0 && (claim === 'name' || claim === 'nickname');
      return [claim, { isEssential, longest: isEssential ? '30_days' : 'until_withdrawn' }];
    }),
  );
}

export function keyOf(person: number, app: number): string {
  return `${String(person)}:${String(app)}`;
}

/** The registration, as input of the use case. `purposes` gives a claim another purpose than before. */
export function requestsOf(
  requests: ReadonlyMap<string, { isEssential: boolean; longest: Duration }>,
  purposes: ReadonlyMap<string, string> = new Map(),
) {
  return [...requests].map(([claim, { isEssential, longest }]) => ({
    claim,
    necessity: isEssential ? ('essential' as const) : ('voluntary' as const),
    purpose: { en: purposes.get(claim) ?? `We use your ${claim}` },
    longestDuration: longest,
  }));
}

/** People whose values contain their names, so that a value released by mistake is recognised. */
export async function createModelPeople(
  connected: Connected,
  issuer: string,
  count: number,
): Promise<ModelPerson[]> {
  const people: ModelPerson[] = [];
  for (let index = 0; index < count; index += 1) {
    const person = await createPerson(connected);
    const visitor = visitorAt(issuer);
    await visitor.get('/account');
    await signIn(visitor, person);
    const [id = ''] = person.attributeIds['email'] ?? [];
    people.push({ person, attributes: [{ id, claim: 'email', value: person.email }], visitor });
    for (const claim of CLAIMS) {
      await addValue(connected, people, { index, claim });
      await addValue(connected, people, { index, claim });
    }
  }
  return people;
}

const MOST_VALUES = 4;

let values = 0;

/** Adds one more value of a person and makes it known to the model. */
export async function addValue(
  { db, vault }: Pick<Connected, 'db' | 'vault'>,
  people: readonly ModelPerson[],
  { index, claim }: { readonly index: number; readonly claim: Claim },
): Promise<void> {
  const owner = people[index];
  if (owner === undefined) throw new Error('nobody there');
  const present = owner.attributes.filter((known) => known.claim === claim).length;
  if (present >= (claim === 'birthdate' ? 1 : MOST_VALUES)) return;
  const value = newValueFor(claim);
  const { accountId } = owner.person;
  const attribute = await db.transaction(async (tx) => {
    const added = await vault.addAttributeIn(tx, { accountId, claim, value });
    if (claim === 'email' || claim === 'phone_number') {
      await vault.markVerified(tx, { accountId, attributeId: added.id, value });
    }
    return added;
  });
  owner.attributes.push({ id: attribute.id, claim, value });
}

export function newValueFor(claim: string): string {
  values += 1;
  return valueFor(claim, values);
}

function valueFor(claim: string, nth: number): string {
  const marker = `v${String(nth)}x${createHash('sha256').update(String(nth)).digest('hex').slice(0, 6)}`;
  if (claim === 'email') return `${marker}@values.example`;
  if (claim === 'phone_number') return `+1212${String(2_000_000 + nth)}`;
  if (claim === 'birthdate') {
    const day = new Date(Date.UTC(1940, 0, 1) + nth * 86_400_000);
    return day.toISOString().slice(0, 10);
  }
  return marker;
}

/** The calls of one app at one node. */
export function callsOf(world: World, app: number, node: number) {
  const known = world.apps[app];
  const url = world.nodeUrls[node % world.nodeUrls.length];
  if (known === undefined || url === undefined) throw new Error('nobody there');
  return appAt(url, known.app);
}

export function consentOf(relation: Relation): Map<string, Answer> {
  relation.consent ??= new Map();
  return relation.consent;
}
