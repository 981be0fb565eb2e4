import { expect } from 'chai';

import { REDIRECT_URI } from '../support/people/third-party-app.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  type Answer,
  behindLock,
  codeOf,
  describeAnswer,
  exchangeOf,
  type Fields,
  OFFLINE,
  openScenery,
  type Scenery,
} from './fast-path-code-scene.ts';
import { type Answerer, post, secretsOf } from './fast-path-requests.ts';
import {
  type Connection,
  type ConnectSettings,
  countLibraryRequests,
  type FastPathScene,
  JWT_API,
  openFastPathScene,
} from './fast-path-scene.ts';
import { type RawRequest, sendRaw } from './raw-request.ts';

const ANSWERERS: readonly Answerer[] = ['fast', 'library'];

interface Row {
  readonly kind: string;
  readonly settings?: ConnectSettings;
  /** Of the authorization request. An empty one is left out. */
  readonly parameters?: Fields;
  /** Instead of the fields of the plain token request. An empty one is left out. */
  readonly form?: Fields;
}

const ISSUED: readonly Row[] = [
  { kind: 'of a web app' },
  { kind: 'with a refresh token', parameters: OFFLINE },
  {
    kind: 'of an app without refresh tokens',
    settings: { app: { scopes: ['openid', 'profile', 'email'] } },
    parameters: OFFLINE,
  },
  { kind: 'of a pairwise app', settings: { app: { subjectType: 'pairwise' } } },
  {
    kind: 'of a public app',
    settings: { app: { applicationType: 'native' } },
    parameters: OFFLINE,
  },
  { kind: 'with an RSA signature', settings: { app: { idTokenSignedResponseAlg: 'RS256' } } },
  {
    kind: 'of an app with life spans of its own',
    settings: { app: { refreshTokenIdleSeconds: 900, accessTokenSeconds: 60 } },
    parameters: OFFLINE,
  },
  {
    kind: 'without PKCE',
    parameters: { code_challenge: '', code_challenge_method: '' },
    form: { code_verifier: '' },
  },
  { kind: 'without a nonce', parameters: { nonce: '' } },
  { kind: 'without openid', parameters: { scope: 'profile email', nonce: '' } },
];

describe('A code on the fast path', function () {
  this.timeout(120_000);
  for (const hasRedis of [false, true]) {
    describe(hasRedis ? 'with Redis' : 'with Postgres alone', () => {
      let scene: FastPathScene;
      let toLibrary: () => number;

      before(async () => {
        scene = await openFastPathScene(hasRedis);
        toLibrary = countLibraryRequests(scene);
      });
      after(() => scene?.stop());

      const send = (answerer: Answerer, request: RawRequest) =>
        sendRaw(scene.ports[answerer === 'fast' ? 0 : 1], request);

      for (const { kind, settings, parameters, form } of ISSUED) {
        it(`has the answer and the rows of the library: ${kind}`, async () => {
          const scenery = await openScenery(scene, settings);
          const seen: object[] = [];
          for (const answerer of ANSWERERS) {
            const code = await codeOf(scenery, parameters);
            const before = toLibrary();
            const { head, body } = await send(answerer, exchangeOf(scenery, code, form));
            expect(toLibrary(), body).to.equal(before);
            expect(head, body).to.match(/^HTTP\/1.1 200/);
            seen.push(await describeAnswer(scene, body));
          }
          expect(seen[0]).to.deep.equal(seen[1]);
        });
      }

      it('is refused by the library, and used up or kept as by the library', async () => {
        const scenery = await openScenery(scene, {});
        const other = await openScenery(scene, {});
        const { app } = scenery.connection;
        const rows: readonly (readonly [string, Fields, isKept: boolean])[] = [
          ['a wrong verifier', { code_verifier: 'w'.repeat(43) }, false],
          ['a short verifier', { code_verifier: 'v' }, false],
          ['no verifier', { code_verifier: '' }, false],
          ['another address', { redirect_uri: `${REDIRECT_URI}/` }, true],
          ['no address', { redirect_uri: '' }, true],
          ['an API that was not requested', { resource: JWT_API }, true],
          ['a wrong secret', { client_secret: 'wrong' }, true],
          ['another app', secretsOf(other.connection.app), true],
          ['no code', { code: '' }, true],
          ['an access token', { code: scenery.connection.token }, true],
        ];
        for (const [title, form, isKept] of rows) {
          const answers: object[] = [];
          for (const answerer of ANSWERERS) {
            const code = await codeOf(scenery);
            const before = toLibrary();
            const refused = await send(
              answerer,
              exchangeOf(scenery, code, { ...secretsOf(app), ...form }),
            );
            expect(toLibrary(), title).to.equal(before + (answerer === 'fast' ? 1 : 0));
            const later = await send(answerer, exchangeOf(scenery, code));
            expect(later.head.includes(' 200 '), `${title}: ${later.body}`).to.equal(isKept);
            answers.push({ status: refused.head.slice(0, 12), body: refused.body });
          }
          expect(answers[0], title).to.deep.equal(answers[1]);
          expect(answers[0], title)
            .to.have.property('status')
            .that.matches(/ 40[01]$/);
        }
      });

      it('passes unusual requests to the library', async () => {
        const plain = await openScenery(scene, {});
        const inIdToken = await openScenery(scene, { app: { claimsInIdToken: true } });
        const rows: readonly (readonly [string, Scenery, Fields, readonly string[]])[] = [
          ['an origin', plain, {}, ['Origin: http://localhost:9']],
          ['a further field', plain, { x: '1' }, []],
          ['an empty scope', plain, { scope: ' ' }, []],
          ['values in the ID token', inIdToken, {}, []],
        ];
        for (const [title, scenery, form, headers] of rows) {
          const code = await codeOf(scenery);
          const before = toLibrary();
          const { head, body } = await send('fast', exchangeOf(scenery, code, form, headers));
          expect(toLibrary(), title).to.equal(before + 1);
          expect(head, `${title}: ${body}`).to.include(' 200 ');
        }
        const claims = JSON.stringify({ id_token: { email: null } });
        for (const parameters of [{ claims }, { max_age: '3600' }]) {
          const code = await codeOf(plain, parameters);
          const before = toLibrary();
          expect((await send('fast', exchangeOf(plain, code))).head).to.include(' 200 ');
          expect(toLibrary()).to.equal(before + 1);
        }
      });

      it('that was used ends the access that it gave', async () => {
        for (const answerer of ANSWERERS) {
          const scenery = await openScenery(scene, {});
          const code = await codeOf(scenery, OFFLINE);
          const first = await send(answerer, exchangeOf(scenery, code));
          const { refresh_token: refreshToken } = JSON.parse(first.body) as Answer;
          const again = await send(answerer, exchangeOf(scenery, code));
          expect(again.body).to.include('invalid_grant');
          const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken ?? '' };
          const refused = await send(answerer, post('/token', scenery.connection.app, refresh));
          expect(refused.body).to.include('invalid_grant');
        }
      });

      it('is refused once its session, consent or account has ended', async () => {
        const { connected } = scene.fast;
        const ends: readonly ((of: Connection) => Promise<unknown>)[] = [
          ({ person, app }) =>
            connected.consents.withdraw({ accountId: person.accountId, clientId: app.clientId }),
          ({ person }) =>
            connected.accounts.setStatus(connected.db, {
              accountId: person.accountId,
              status: 'blocked',
              actorId: person.accountId,
              reason: 'test',
            }),
          async ({ person: { accountId } }) => {
            for (const { uid } of await connected.sessions.list(accountId))
              await connected.sessions.end({ accountId, sessionUid: uid });
          },
        ];
        for (const end of ends) {
          for (const answerer of ANSWERERS) {
            const scenery = await openScenery(scene, {});
            const code = await codeOf(scenery);
            await end(scenery.connection);
            await waitFor('the code is refused', async () => {
              const { body } = await send(answerer, exchangeOf(scenery, code));
              return body.includes('invalid_grant');
            });
          }
        }
      });

      it('is exchanged by one of two simultaneous requests', async () => {
        for (const answerer of ANSWERERS) {
          const scenery = await openScenery(scene, {});
          const request = exchangeOf(scenery, await codeOf(scenery));
          const answers = await Promise.all([send(answerer, request), send(answerer, request)]);
          const statuses = answers.map(({ head }) => head.slice(9, 12)).sort();
          expect(statuses).to.deep.equal(['200', '400']);
        }
      });

      it('that meets an outage is answered with 503 and not used up', async () => {
        for (const answerer of ANSWERERS) {
          const scenery = await openScenery(scene, {});
          const code = await codeOf(scenery);
          const request = exchangeOf(scenery, code);
          const before = toLibrary();
          const { head, body } = await behindLock(scene, code, () => send(answerer, request));
          expect(toLibrary()).to.equal(before);
          expect(head, body).to.match(/^HTTP\/1.1 503/);
          expect(head).to.match(/^retry-after: \d+\r?$/im);
          expect((await send(answerer, request)).head).to.include(' 200 ');
        }
      });
    });
  }
});
