import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { fingerprint } from '../../src/platform/keys/encryption.ts';
import { answerConsent } from '../support/people/connect-app.ts';
import { signIn, visitorAt } from '../support/people/people.ts';
import { REDIRECT_URI } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { FORM, membersOf, post } from './fast-path-requests.ts';
import {
  type Connection,
  type ConnectSettings,
  contentOf,
  type FastPathScene,
} from './fast-path-scene.ts';
import type { RawAnswer, RawRequest } from './raw-request.ts';

const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const OFFLINE = { scope: 'openid profile email offline_access' };

export type Fields = Readonly<Record<string, string>>;

/** A person who has allowed everything to an app, and is signed in. */
export interface Scenery {
  readonly connection: Connection;
  readonly visitor: Visitor;
}

/** Of the token endpoint. */
export interface Answer {
  readonly id_token?: string;
  readonly access_token: string;
  readonly refresh_token?: string;
}

export async function openScenery(
  scene: FastPathScene,
  settings: ConnectSettings = {},
): Promise<Scenery> {
  const connection = await scene.connectPerson({
    ...settings,
    parameters: { ...OFFLINE, prompt: 'consent' },
  });
  const visitor = visitorAt(scene.fast.url);
  await connection.app.begin(visitor);
  await signIn(visitor, connection.person);
  return { connection, visitor };
}

/** A new code, for parameters of the authorization request; an empty one is left out. */
export async function codeOf(
  { connection, visitor }: Scenery,
  parameters: Fields = {},
): Promise<string> {
  const challenge = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  const all = { ...challenge, nonce: 'n', ...parameters };
  const attempt = await connection.app.begin(visitor, all);
  await answerConsent({ visitor, ...connection });
  const code = attempt.answer().get('code');
  return code ?? expect.fail(`no code: ${visitor.page.url.href} ${visitor.page.text}`);
}

/** A token request; an empty field is left out. */
export function exchangeOf(
  { connection: { app } }: Scenery,
  code: string,
  form: Fields = {},
  headers: readonly string[] = [],
): RawRequest {
  const isNamed = 'client_secret' in form || app.clientSecret === '';
  const fields = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...(app.clientSecret === '' && { client_id: app.clientId }),
    ...form,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  return post('/token', isNamed ? null : app, Object.fromEntries(given), [FORM, ...headers]);
}

/** The answer and what it led to, without the parts that differ from one to the next. */
export async function describeAnswer(scene: FastPathScene, body: string): Promise<object> {
  const answer = JSON.parse(body) as Answer;
  const { db } = scene.fast.connected;
  const rows = await db.query<{ payload: object }>({
    name: 'test-issued',
    text: `select grant_id is not null as has_grant, account_id, client_id, payload,
        floor(extract(epoch from expires_at - created_at) / 10)::int as life
      from refresh_tokens where fingerprint = $1`,
    values: [fingerprint(answer.refresh_token ?? '')],
  });
  return {
    members: Object.keys(answer),
    answer: { ...answer, access_token: '', id_token: '', refresh_token: '' },
    idToken: answer.id_token === undefined ? null : membersOf(answer.id_token),
    accessToken: withoutGrant(await contentOf(scene, answer.access_token)),
    rows: rows.map(({ payload, ...row }) => ({ ...row, payload: withoutGrant(payload) })),
  };
}

/** Two codes of one session can have different grants. */
function withoutGrant(content: object): object {
  return { ...content, grantId: '', iat: 0, iiat: 0, exp: 0 };
}

/** Sends a request while the use of its code is locked for longer than a statement may wait. */
export async function behindLock(
  { fast }: FastPathScene,
  code: string,
  send: () => Promise<RawAnswer>,
): Promise<RawAnswer> {
  const { db, redis } = fast.connected;
  const sent = await db.transaction(async (tx) => {
    await tx.query(
      redis === null
        ? {
            name: 'test-lock-code',
            text: 'select 1 from authorization_codes where fingerprint = $1 for update',
            values: [fingerprint(code)],
          }
        : {
            name: 'test-lock-use',
            text: 'insert into used_codes (fingerprint, used_at) values ($1, now())',
            values: [fingerprint(code)],
          },
    );
    const answer = send();
    await sleep(4_500);
    if (redis !== null)
      await tx.query({
        name: 'test-unlock-use',
        text: 'delete from used_codes where fingerprint = $1',
        values: [fingerprint(code)],
      });
    return { answer };
  });
  return sent.answer;
}
