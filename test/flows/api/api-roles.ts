import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import type { TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

export const ROLES = [
  'anonymous',
  'person',
  'other person',
  'developer',
  'administrator',
  'app token',
  'account tool',
  'app itself',
] as const;
export type Role = (typeof ROLES)[number];

/** Sends a request as one role. */
export type Sender = (address: string, init: RequestInit) => Promise<Response>;

/** A sender for each role that can call the API, and a victim whose data no role may see. */
export interface ApiRoles {
  readonly senders: Readonly<Record<Role, Sender>>;
  /** Identifiers of existing objects of every role and of the victim. */
  readonly ids: readonly string[];
  /** Texts of the victim that no response may contain. */
  readonly victim: readonly string[];
}

const SCOPES = ['openid', 'profile', 'email', 'offline_access'];
const TOOL_SCOPES = ['openid', 'account:read', 'account:write'];
const GRANT_SCOPES = ['grant_management_query', 'grant_management_revoke'];
/** Different texts in each round, so that no text of one round contains one of another. */
function describeVictim(round: number) {
  const mark = `4711x${String(round)}`;
  return {
    email: `victim-address-${mark}@hidden.example`,
    values: { name: [`Victima Verborgen-${mark}`], nickname: [`nick-of-the-victim-${mark}`] },
  };
}

let round = 0;

/** Creates one person, app or token for each role. */
export async function createRoles(server: TestServer): Promise<ApiRoles> {
  round += 1;
  const texts = describeVictim(round);
  const [ana, bob, dora, admin, victim] = [
    await createPerson(server.connected),
    await createPerson(server.connected),
    await createPerson(server.connected),
    await createPerson(server.connected, { isAdministrator: true }),
    await createPerson(server.connected, texts),
  ];
  const app = await registerThirdPartyApp(server, dora.accountId, {
    scopes: SCOPES,
  });
  const tool = await registerThirdPartyApp(server, ana.accountId, { scopes: TOOL_SCOPES });
  const hidden = await registerThirdPartyApp(server, victim.accountId, {
    name: 'App of the victim 4711',
    scopes: SCOPES,
  });
  const connect = (person: TestPerson, at: ThirdPartyApp, scope: string) =>
    connectApp({ visitor: visitorAt(server.url), app: at, person, parameters: { scope } });
  const shared = await connect(ana, app, SCOPES.join(' '));
  const toolToken = await connect(ana, tool, TOOL_SCOPES.join(' '));
  await connect(bob, app, SCOPES.join(' '));
  const ofVictim = await connect(victim, hidden, SCOPES.join(' '));
  const visitors = await Promise.all(
    [ana, bob, dora, admin, victim].map((person) => signedInVisitor(server.url, person)),
  );
  const [asAna, asBob, asDora, asAdmin, asVictim] = visitors as [
    Visitor,
    Visitor,
    Visitor,
    Visitor,
    Visitor,
  ];
  const ids = (await Promise.all(visitors.map((visitor) => idsOf(server, visitor)))).flat();
  return {
    senders: {
      anonymous: (address, init) => visitorAt(server.url).request(address, init),
      person: bySession(server, asAna),
      'other person': bySession(server, asBob),
      developer: bySession(server, asDora),
      administrator: bySession(server, asAdmin),
      'app token': byToken(shared.access_token),
      'account tool': byToken(toolToken.access_token),
      'app itself': byToken(await tokenOfItself(server, app)),
    },
    ids: [
      ...ids,
      app.clientId,
      tool.clientId,
      hidden.clientId,
      grantOf(shared),
      grantOf(ofVictim),
      'email',
      'name',
      'reading-lists',
    ],
    victim: [
      texts.email,
      ...texts.values.name,
      ...texts.values.nickname,
      hidden.clientSecret,
      ofVictim.access_token,
      await receiptOf(server, asVictim),
    ],
  };
}

/** The grant id of a token response (Grant Management for OAuth 2.0 §5.5). */
function grantOf(tokens: Tokens): string {
  const { grant_id: grantId } = tokens as { readonly grant_id?: unknown };
  return typeof grantId === 'string' ? grantId : 'unknown';
}

function bySession(server: TestServer, visitor: Visitor): Sender {
  const ours = { origin: new URL(server.url).origin, 'sec-fetch-site': 'same-origin' };
  return (address, init) =>
    visitor.request(address, { ...init, headers: { ...(init.headers as object), ...ours } });
}

function byToken(token: string): Sender {
  return (address, init) =>
    fetch(address, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as object), authorization: `Bearer ${token}` },
    });
}

async function tokenOfItself(server: TestServer, app: ThirdPartyApp): Promise<string> {
  const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  const answer = await fetch(`${server.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: GRANT_SCOPES.join(' ') }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const LISTS = ['attributes', 'receipts', 'sessions'] as const;

/** Identifiers of the attributes, receipts and sessions of a person. */
async function idsOf(server: TestServer, visitor: Visitor): Promise<string[]> {
  const found: string[] = [];
  for (const list of LISTS) {
    const answer = await callApi(visitor, 'GET', `${server.url}/api/v1/account/${list}`);
    const text = await answer.text();
    found.push(
      ...[...text.matchAll(/"(?:id|uid|receiptId)":"([\w-]+)"/g)].map(([, id = '']) => id),
    );
  }
  return found;
}

/** One receipt of the victim: the signed text that lists the shared values. */
async function receiptOf(server: TestServer, visitor: Visitor): Promise<string> {
  const answer = await callApi(visitor, 'GET', `${server.url}/api/v1/account/receipts`);
  const { receipts } = (await answer.json()) as { receipts: readonly { jws: string }[] };
  const [first] = receipts;
  if (first === undefined) throw new Error('the victim has no receipt');
  return first.jws;
}
