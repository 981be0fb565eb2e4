import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { fingerprint } from '../../src/platform/keys/encryption.ts';
import { type Answerer, membersOf, post, refresh } from './fast-path-requests.ts';
import {
  type Connection,
  type ConnectSettings,
  contentOf,
  countLibraryRequests,
  type FastPathScene,
  openFastPathScene,
} from './fast-path-scene.ts';
import { type RawRequest, sendRaw } from './raw-request.ts';

const PARAMETERS = { scope: 'openid profile email offline_access', prompt: 'consent' };
const ANSWERERS: readonly Answerer[] = ['fast', 'library'];

interface Row {
  readonly kind: string;
  /** The parameters of the request beside its refresh token. */
  readonly form?: Readonly<Record<string, string>>;
  readonly settings: ConnectSettings;
  /** Each request finds a token with a minute left. */
  readonly isNearEnd?: boolean;
}

const ROWS: readonly Row[] = [
  { kind: 'of an app that rotates', settings: { app: { rotateRefreshTokens: true } } },
  {
    kind: 'for fewer permissions',
    form: { scope: 'email' },
    settings: { app: { rotateRefreshTokens: true } },
  },
  {
    kind: 'of a pairwise app',
    settings: { app: { rotateRefreshTokens: true, subjectType: 'pairwise' } },
  },
  { kind: 'of a public app', settings: { app: { applicationType: 'native' } } },
  {
    kind: 'with an RSA signature',
    settings: { app: { rotateRefreshTokens: true, idTokenSignedResponseAlg: 'RS256' } },
  },
  {
    kind: 'of an app with life spans of its own',
    settings: {
      app: { rotateRefreshTokens: true, refreshTokenIdleSeconds: 900, accessTokenSeconds: 60 },
    },
  },
  { kind: 'of an app that keeps its token', settings: {} },
  { kind: 'with a kept token that is near its end', settings: {}, isNearEnd: true },
];

describe('A refresh on the fast path', function () {
  this.timeout(120_000);
  let scene: FastPathScene;
  let toLibrary: () => number;

  before(async () => {
    scene = await openFastPathScene(false);
    toLibrary = countLibraryRequests(scene);
  });
  after(() => scene?.stop());

  const send = (answerer: Answerer, request: RawRequest) =>
    sendRaw(scene.ports[answerer === 'fast' ? 0 : 1], request);
  const requestOf = ({ app }: Connection, token: string, form: object = {}): RawRequest =>
    app.clientSecret === ''
      ? post('/token', null, { ...refreshForm(token), client_id: app.clientId, ...form })
      : refresh(token, app, form);
  const connect = (settings: ConnectSettings): Promise<Connection> =>
    scene.connectPerson({ ...settings, parameters: PARAMETERS });

  for (const { kind, form, settings, isNearEnd } of ROWS) {
    it(`has the answer and the rows of the library: ${kind}`, async () => {
      const connection = await connect(settings);
      const first = await send('library', requestOf(connection, connection.refreshToken));
      let current = (JSON.parse(first.body) as Answer).refresh_token;
      const seen: object[] = [];
      for (const answerer of ANSWERERS) {
        if (isNearEnd === true) await moveEnd(scene, current);
        const before = toLibrary();
        const { head, body } = await send(answerer, requestOf(connection, current, form));
        expect(toLibrary()).to.equal(before);
        expect(head, body).to.match(/^HTTP\/1.1 200/);
        const answer = JSON.parse(body) as Answer;
        seen.push({
          members: Object.keys(answer),
          answer: { ...answer, access_token: '', id_token: '', refresh_token: '' },
          idToken: answer.id_token === undefined ? null : membersOf(answer.id_token),
          accessToken: await contentOf(scene, answer.access_token),
          rows: await rowsOf(scene, { used: current, issued: answer.refresh_token }),
        });
        current = answer.refresh_token;
      }
      expect(seen[0]).to.deep.equal(seen[1]);
    });
  }

  it('gives a repeated request the answer of the first, on either server', async () => {
    const connection = await connect({ app: { rotateRefreshTokens: true } });
    const request = requestOf(connection, connection.refreshToken);
    const bodies = [
      await send('fast', request),
      await send('fast', request),
      await send('library', request),
    ].map(({ body }) => body);
    expect(new Set(bodies)).to.have.length(1);
  });

  it('refuses another request with a used token as the library does', async () => {
    const refusals: string[] = [];
    for (const answerer of ANSWERERS) {
      const connection = await connect({ app: { rotateRefreshTokens: true } });
      await send('library', requestOf(connection, connection.refreshToken));
      const other = requestOf(connection, connection.refreshToken, { scope: 'email' });
      refusals.push((await send(answerer, other)).body);
    }
    expect(refusals[0]).to.include('invalid_grant').and.to.equal(refusals[1]);
  });

  it('ends the grant when a used token comes after the grace', async () => {
    const { db } = scene.fast.connected;
    for (const answerer of ANSWERERS) {
      const connection = await connect({ app: { rotateRefreshTokens: true } });
      const { body } = await send(answerer, requestOf(connection, connection.refreshToken));
      const { refresh_token: successor } = JSON.parse(body) as Answer;
      await db.query({
        name: 'test-use-earlier',
        text: `update refresh_tokens set consumed_at = now() - interval '1 hour' where fingerprint = $1`,
        values: [fingerprint(connection.refreshToken)],
      });
      for (const token of [connection.refreshToken, successor]) {
        const refused = await send(answerer, requestOf(connection, token));
        expect(refused.body).to.include('invalid_grant');
      }
    }
  });

  it('gives two simultaneous requests one answer', async () => {
    const connection = await connect({ app: { rotateRefreshTokens: true } });
    const request = requestOf(connection, connection.refreshToken);
    const answers = await Promise.all([send('fast', request), send('fast', request)]);
    expect(answers[0]?.body).to.equal(answers[1]?.body);
    expect(await rowsOf(scene, { used: connection.refreshToken, issued: '' }))
      .to.have.property('answers')
      .with.length(1);
  });

  /** Sends `count` equal requests while the row of their token is locked, for `ms`. */
  async function sendBehindLock(
    answerer: Answerer,
    connection: Connection,
    { count, ms }: { readonly count: number; readonly ms: number },
  ) {
    const request = requestOf(connection, connection.refreshToken);
    const { db } = scene.fast.connected;
    const sent = await db.transaction(async (tx) => {
      await tx.query({
        name: 'test-lock-token',
        text: 'select 1 from refresh_tokens where fingerprint = $1 for update',
        values: [fingerprint(connection.refreshToken)],
      });
      const answers = Array.from({ length: count }, () => send(answerer, request));
      await sleep(ms);
      return answers;
    });
    return Promise.all(sent);
  }

  it('that loses a race keeps the grant, also after the grace period', async () => {
    for (const answerer of ANSWERERS) {
      const connection = await connect({ app: { rotateRefreshTokens: true } });
      const answers = await sendBehindLock(answerer, connection, { count: 2, ms: 2_300 });
      const winner = answers.find(({ head }) => head.startsWith('HTTP/1.1 200'));
      const loser = answers.find((answer) => answer !== winner);
      expect(loser?.head).to.match(/^HTTP\/1.1 400/);
      expect(loser?.body).to.include('invalid_grant');
      const { refresh_token: successor } = JSON.parse(winner?.body ?? '{}') as Answer;
      expect((await send(answerer, requestOf(connection, successor))).head).to.match(/ 200 /);
    }
  });

  it('that meets an outage is answered once, with 503 and the time to wait', async () => {
    const seen: object[] = [];
    for (const answerer of ANSWERERS) {
      const connection = await connect({ app: { rotateRefreshTokens: true } });
      const before = toLibrary();
      // Longer than the database lets a statement wait for a lock.
      const answers = await sendBehindLock(answerer, connection, { count: 1, ms: 4_500 });
      expect(toLibrary()).to.equal(before);
      for (const { head, body } of answers) {
        expect(head, body).to.match(/^HTTP\/1.1 503/);
        expect(head).to.match(/^retry-after: \d+\r?$/im);
        seen.push(JSON.parse(body) as object);
      }
      const later = await send(answerer, requestOf(connection, connection.refreshToken));
      expect(later.head).to.match(/ 200 /);
    }
    for (const body of seen) expect(body).to.deep.equal(seen[0]);
  });
});

interface Answer {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token: string;
}

const refreshForm = (token: string) => ({ grant_type: 'refresh_token', refresh_token: token });

/** The rows of a used and of an issued refresh token, without the parts that differ from one to the next. */
async function rowsOf(
  { fast }: FastPathScene,
  { used, issued }: { readonly used: string; readonly issued: string },
): Promise<object> {
  const { db } = fast.connected;
  const values = [fingerprint(used), fingerprint(issued)];
  const tokens = await db.query<{ payload: { readonly rotations?: number } }>({
    name: 'test-refresh-rows',
    text: `select fingerprint = $2 as is_issued, consumed_at is not null as is_used, grant_id, account_id, client_id, payload,
        floor(extract(epoch from expires_at - created_at) / 10)::int as life
      from refresh_tokens where fingerprint in ($1, $2) order by is_issued`,
    values,
  });
  const answers = await db.query({
    name: 'test-refresh-answers',
    text: `select encode(request_fingerprint, 'hex') as request, repeats from refresh_answers where fingerprint = $1`,
    values: values.slice(0, 1),
  });
  return {
    answers,
    rotations: tokens.map(({ payload }) => (payload.rotations ?? 0) - firstOf(tokens)),
    tokens: tokens.map(({ payload, ...row }) => ({
      ...row,
      payload: { ...payload, iat: 0, exp: 0, rotations: 0 },
    })),
  };
}

function firstOf(rows: readonly { readonly payload: { readonly rotations?: number } }[]): number {
  return rows[0]?.payload.rotations ?? 0;
}

async function moveEnd({ fast }: FastPathScene, token: string): Promise<void> {
  await fast.connected.db.query({
    name: 'test-move-end',
    text: `update refresh_tokens set expires_at = now() + interval '1 minute' where fingerprint = $1`,
    values: [fingerprint(token)],
  });
}
