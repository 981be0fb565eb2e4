import type { Pair, Channel } from './step.ts';
import { keyOf, type World } from './world.ts';
import {
  COMPANIONS,
  expectRead,
  type Expected,
  type Holding,
  type Relation,
} from './who-may-see-what.ts';

export interface Held extends Pair {
  readonly relation: Relation;
  readonly holding: Holding;
}

/** Their names in the ledger. */
export const LEDGER_CHANNEL: Readonly<Record<Channel, string>> = {
  userinfo: 'userinfo',
  profile: 'account_api',
  introspect: 'introspection',
};

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

export function pickHeld(world: World, nth: number): Held | undefined {
  const all = allHoldings(world);
  return all[nth % Math.max(all.length, 1)];
}

export function relationOf(world: World, { person: personIndex, app: appIndex }: Pair): Relation {
  const relation = world.relations.get(keyOf(personIndex, appIndex));
  if (relation === undefined) throw new Error('nobody there');
  return relation;
}

export function expected(world: World, held: Held): Expected {
  const known = world.apps[held.app];
  return expectRead({
    relation: held.relation,
    holding: held.holding,
    attributes: world.people[held.person]?.attributes ?? [],
    registered: known === undefined || known.isBlocked ? null : new Set(known.requests.keys()),
    now: world.now(),
  });
}

/** Claims that contain no value of the person. */
const PROTOCOL = new Set(
  'sub iss aud azp exp iat nbf jti nonce at_hash c_hash auth_time acr amr sid active client_id scope token_type cnf'.split(
    ' ',
  ),
);

/** Compares the received values with the permitted ones, claim by claim. */
export function problemWith(
  body: Readonly<Record<string, unknown>>,
  { most }: Expected,
): string | null {
  const allowed = new Map<string, unknown>();
  // The time of the last change of a value; absent without values.
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

export function missingFrom(
  body: Readonly<Record<string, unknown>>,
  { least }: Expected,
): string | null {
  const lacking = [...least].filter((name) => !(name in body));
  return lacking.length === 0 ? null : `${lacking.join(', ')} did not come, and was allowed`;
}

/** Records released values in the model, and uses up those that are shared once. */
export function noteRelease(
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

/** Records the values of an ID token in the model. @returns the difference, or null. */
export function problemWithIdToken(world: World, held: Held, idToken: string): string | null {
  const payload = JSON.parse(
    Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8'),
  ) as Record<string, unknown>;
  const holding = { ...held.holding, asked: held.holding.askedAtOnce };
  const problem = problemWith(payload, expected(world, { ...held, holding }));
  noteRelease(world, held, { channel: 'id_token', body: payload });
  return problem;
}

export function endAll(relation: Relation): void {
  for (const holding of relation.holdings) holding.isDead = true;
}
