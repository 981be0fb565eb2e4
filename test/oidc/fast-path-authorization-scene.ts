import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { answerConsent, isOnConsentPage } from '../support/people/connect-app.ts';
import { visitorAt } from '../support/people/people.ts';
import { REDIRECT_URI, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Connection, ConnectSettings, FastPathScene } from './fast-path-scene.ts';
import type { RawAnswer, RawRequest } from './raw-request.ts';

export type Fields = Readonly<Record<string, string>>;

/** A signed-in browser of a person who has decided about everything that an app requests. */
export interface Scenery {
  readonly connection: Connection;
  /** The value of its `Cookie` header. */
  readonly cookie: string;
}

const CHALLENGE = createHash('sha256').update('v'.repeat(43)).digest('base64url');
const OFFLINE = { scope: 'openid profile email offline_access' };
const ADDRESSES = [REDIRECT_URI, `${REDIRECT_URI}?to=a+b&via=c`];

/** `fields` are those of the sign-in page. */
export async function openSignedIn(
  scene: FastPathScene,
  settings: ConnectSettings = {},
  fields: Fields = {},
): Promise<Scenery> {
  const connection = await scene.connectPerson({
    ...settings,
    app: { redirectUris: ADDRESSES, ...settings.app },
    parameters: { ...OFFLINE, prompt: 'consent' },
  });
  const { app, person } = connection;
  const visitor = visitorAt(scene.fast.url);
  await app.begin(visitor, OFFLINE);
  await visitor.submitForm('form[action$="/sign-in"]', {
    identifier: person.email,
    password: person.password,
    ...fields,
  });
  // The first answer to a new session stores the app in it.
  if (isOnConsentPage(visitor)) await answerConsent({ visitor, ...connection });
  return { connection, cookie: visitor.cookies.header(new URL('/auth', scene.fast.url)) };
}

/** An authorization request; an empty parameter is left out. */
export function authorizationOf(
  { connection: { app }, cookie }: Scenery,
  parameters: Fields = {},
  headers: readonly string[] = [],
): RawRequest {
  const all = {
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid profile email',
    state: 'a state',
    nonce: 'n',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...parameters,
  };
  const given = Object.entries(all).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given).toString();
  return { path: `/auth?${query}`, headers: [`Cookie: ${cookie}`, ...headers] };
}

/** Compares two answers byte by byte, and the content of their codes. */
export async function compareCodes(
  scene: FastPathScene,
  fast: RawAnswer,
  library: RawAnswer,
): Promise<void> {
  expect(masked(fast)).to.equal(masked(library));
  const [one, other] = [await storedCode(scene, fast), await storedCode(scene, library)];
  expect(one).to.deep.equal(other);
}

function masked({ head, body }: RawAnswer): string {
  return `${head}\r\n\r\n${body}`
    .replaceAll(/^date: .*$/gim, 'Date: *')
    .replaceAll(/^(x-request-id): .*$/gim, '$1: *')
    .replaceAll(/(?<=expires=.*:)\d\d(?= GMT)/gi, '*')
    .replaceAll(/(?<=[?&;]code=)[\w-]+/g, '*');
}

/** With the life of the code in place of its times. */
async function storedCode({ fast }: FastPathScene, { head }: RawAnswer): Promise<object> {
  const code = /[?&]code=([\w-]+)/.exec(head)?.[1] ?? expect.fail(head);
  const content = await fast.connected.tokens.artifacts('AuthorizationCode').find(code);
  const { jti, iat = 0, exp = 0, ...kept } = content ?? expect.fail('the code is not stored');
  expect(jti).to.equal(code);
  return { ...kept, seconds: exp - iat };
}

/** Makes the stored end of the session of a person so near that the next request moves it. */
export async function shortenSession(scene: FastPathScene, { connection }: Scenery): Promise<void> {
  const { db, feed, sessions } = scene.fast.connected;
  const { accountId } = connection.person;
  await db.transaction(async (tx) => {
    await tx.query({
      name: 'test-shorten-session',
      text: `update sessions set expires_at = expires_at - interval '2 hours' where account_id = $1`,
      values: [accountId],
    });
    for (const { uid } of await sessions.list(accountId)) await feed.publish(tx, 'session', uid);
  });
}

/** Changes the consent of a person, so that the next code gets a new grant. */
export async function changeConsent(scene: FastPathScene, { connection }: Scenery): Promise<void> {
  const { app, person } = connection;
  const visitor = visitorAt(scene.fast.url);
  await app.begin(visitor, { ...OFFLINE, prompt: 'consent' });
  await visitor.submitForm('form[action$="/sign-in"]', {
    identifier: person.email,
    password: person.password,
  });
  await answerConsent({ visitor, app, person, choices: { 'claim.name': 'refuse' } });
}

/** Suspends an app, as an administrator. */
export async function suspendApp(scene: FastPathScene, app: ThirdPartyApp): Promise<void> {
  const { clients } = scene.fast.connected;
  await clients.setStatus({ ...(await managedBy(scene, app)), status: 'suspended' });
}

/** Gives a reason for the name, so that people decide again. */
export async function requestWithReason(scene: FastPathScene, app: ThirdPartyApp): Promise<void> {
  const { clients } = scene.fast.connected;
  await clients.setRequests({
    ...(await managedBy(scene, app)),
    requests: ['name', 'email'].map((claim) => ({
      claim,
      necessity: 'voluntary',
      purpose: { en: 'To greet you.' },
      longestDuration: 'until_withdrawn',
    })),
  });
}

async function managedBy({ fast }: FastPathScene, { clientId }: ThirdPartyApp) {
  const owner = await fast.connected.clients.find(clientId);
  const accountId = owner?.ownerAccountId ?? expect.fail('the app has no owner');
  return { clientId, manager: { accountId, isAdministrator: true } };
}
