import { expect } from 'chai';

import { REDIRECT_URI } from '../support/people/third-party-app.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  authorizationOf,
  changeConsent,
  compareCodes,
  type Fields,
  openSignedIn,
  requestWithReason,
  type Scenery,
  shortenSession,
  suspendApp,
} from './fast-path-authorization-scene.ts';
import type { Answerer } from './fast-path-requests.ts';
import { countLibraryRequests, type FastPathScene, openFastPathScene } from './fast-path-scene.ts';
import { type RawAnswer, type RawRequest, sendRaw } from './raw-request.ts';

const OFFLINE = { scope: 'openid profile email offline_access' };
const BROWSER_ACCEPTS = 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const WITHOUT_PKCE = { code_challenge: '', code_challenge_method: '' };

interface Row {
  readonly kind: string;
  /** Of the authorization request. An empty one is left out. */
  readonly parameters?: Fields;
  readonly headers?: readonly string[];
}

const ANSWERED: readonly Row[] = [
  { kind: 'with PKCE and a nonce' },
  { kind: 'with PKCE alone', parameters: { nonce: '' } },
  { kind: 'with a nonce alone', parameters: WITHOUT_PKCE },
  { kind: 'without a state', parameters: { state: '' } },
  { kind: 'with a state of all signs', parameters: { state: `!"#$%&'()*+,-./:;<=>?@[]^_{|}~ ` } },
  { kind: 'with scopes in another order', parameters: { scope: 'email openid profile' } },
  { kind: 'with fewer scopes', parameters: { scope: 'openid' } },
  { kind: 'with offline access', parameters: OFFLINE },
  {
    kind: 'to an address with a query',
    parameters: { redirect_uri: `${REDIRECT_URI}?to=a+b&via=c` },
  },
  { kind: 'of a browser behind a proxy', headers: [BROWSER_ACCEPTS, 'Via: 1.1 proxy'] },
  { kind: 'of a program', headers: ['Accept: */*'] },
];

const TO_THE_LIBRARY: readonly Row[] = [
  { kind: 'a silent request', parameters: { prompt: 'none' } },
  { kind: 'a request for a sign-in', parameters: { prompt: 'login' } },
  { kind: 'a request for a decision', parameters: { prompt: 'consent' } },
  { kind: 'a maximum age', parameters: { max_age: '3600' } },
  { kind: 'a language', parameters: { ui_locales: 'ru' } },
  { kind: 'a response mode', parameters: { response_mode: 'query' } },
  { kind: 'another response type', parameters: { response_type: 'none' } },
  { kind: 'requested claims', parameters: { claims: '{"userinfo":{"email":null}}' } },
  { kind: 'an API', parameters: { resource: 'https://orders.example.org/api' } },
  { kind: 'an unknown parameter', parameters: { other: '1' } },
  { kind: 'a state in another script', parameters: { state: 'привет' } },
  { kind: 'a state that is too long', parameters: { state: 's'.repeat(2_049) } },
  { kind: 'a scope that is not registered', parameters: { scope: 'openid profile address' } },
  { kind: 'a scope twice', parameters: { scope: 'openid profile openid' } },
  { kind: 'two spaces between scopes', parameters: { scope: 'openid  profile' } },
  { kind: 'no openid', parameters: { scope: 'profile email', nonce: '' } },
  { kind: 'plain PKCE', parameters: { code_challenge_method: 'plain' } },
  { kind: 'a challenge without its method', parameters: { code_challenge_method: '' } },
  { kind: 'a short challenge', parameters: { code_challenge: 'c'.repeat(42) } },
  { kind: 'neither PKCE nor a nonce', parameters: { ...WITHOUT_PKCE, nonce: '' } },
  { kind: 'another address', parameters: { redirect_uri: `${REDIRECT_URI}/` } },
  { kind: 'an unknown app', parameters: { client_id: 'app_unknown' } },
  { kind: 'no app', parameters: { client_id: '' } },
  { kind: 'a request for JSON', headers: ['Accept: application/json'] },
  { kind: 'an origin', headers: ['Origin: http://localhost:9'] },
];

describe('An authorization request on the fast path', function () {
  this.timeout(120_000);
  for (const hasRedis of [false, true]) {
    describe(hasRedis ? 'with Redis' : 'with Postgres alone', () => {
      let scene: FastPathScene;
      let toLibrary: () => number;
      let signedIn: Scenery;

      before(async () => {
        scene = await openFastPathScene(hasRedis);
        signedIn = await openSignedIn(scene);
        toLibrary = countLibraryRequests(scene);
      });
      after(() => scene?.stop());

      const send = (answerer: Answerer, request: RawRequest): Promise<RawAnswer> =>
        sendRaw(scene.ports[answerer === 'fast' ? 0 : 1], request);
      const answererOf = async (request: RawRequest): Promise<[Answerer, RawAnswer]> => {
        const before = toLibrary();
        const answer = await send('fast', request);
        return [toLibrary() === before ? 'fast' : 'library', answer];
      };

      for (const { kind, parameters, headers } of ANSWERED) {
        it(`has the answer and the code of the library: ${kind}`, async () => {
          const request = authorizationOf(signedIn, parameters, headers);
          const [answerer, fast] = await answererOf(request);
          expect(answerer, fast.head).to.equal('fast');
          await compareCodes(scene, fast, await send('library', request));
        });
      }

      it('has the answer and the code of the library: with a fragment after its last parameter', async () => {
        const { path, headers = [] } = authorizationOf(signedIn);
        const request = { path: `${path.replace('&nonce=n', '')}&nonce=n#f`, headers };
        await compareCodes(scene, await send('fast', request), await send('library', request));
      });

      it('has the answer of the library for other kinds of apps and sessions', async () => {
        const others = [
          await openSignedIn(scene, { app: { subjectType: 'pairwise' } }),
          await openSignedIn(scene, { app: { requirePkce: true } }),
          await openSignedIn(scene, { app: { applicationType: 'single_page' } }),
          await openSignedIn(scene, {}, { remember: 'yes' }),
        ];
        for (const other of others) {
          const request = authorizationOf(other);
          const [answerer, fast] = await answererOf(request);
          expect(answerer, fast.head).to.equal('fast');
          await compareCodes(scene, fast, await send('library', request));
        }
      });

      it('goes to the library when it is unusual', async () => {
        const path = (request: RawRequest, more: string) => ({
          ...request,
          path: request.path + more,
        });
        const plain = authorizationOf(signedIn);
        const rows: readonly (readonly [string, RawRequest])[] = [
          ...TO_THE_LIBRARY.map(
            ({ kind, parameters, headers }) =>
              [kind, authorizationOf(signedIn, parameters, headers)] as const,
          ),
          ['an empty parameter', path(plain, '&max_age=')],
          ['a parameter twice', path(plain, '&state=other')],
          ['another method', { ...plain, method: 'HEAD' }],
          ['no cookie', { ...plain, headers: [] }],
          ['a changed cookie', { ...plain, headers: (plain.headers ?? []).map(changed) }],
          ['a native app', authorizationOf(await openSignedIn(scene, { app: NATIVE }))],
          [
            'a public app without PKCE',
            authorizationOf(await openSignedIn(scene, { app: SINGLE_PAGE }), WITHOUT_PKCE),
          ],
          [
            'an app that chose PKCE, without it',
            authorizationOf(
              await openSignedIn(scene, { app: { requirePkce: true } }),
              WITHOUT_PKCE,
            ),
          ],
        ];
        expect(rows).to.have.length(TO_THE_LIBRARY.length + 8);
        for (const [title, request] of rows) {
          const [answerer, fast] = await answererOf(request);
          expect(answerer, title).to.equal('library');
          const library = await send('library', request);
          expect(kindOf(fast), title).to.equal(kindOf(library));
        }
      });

      it('gets no code when something was changed or has ended', async () => {
        const { connected } = scene.fast;
        const ends: Readonly<Record<string, (of: Scenery) => Promise<unknown>>> = {
          'the consent': ({ connection: { person, app } }) =>
            connected.consents.withdraw({ accountId: person.accountId, clientId: app.clientId }),
          'the account': ({ connection: { person } }) =>
            connected.accounts.setStatus(connected.db, {
              accountId: person.accountId,
              status: 'blocked',
              actorId: person.accountId,
              reason: 'test',
            }),
          'the session': async ({ connection: { person } }) => {
            const { accountId } = person;
            for (const { uid } of await connected.sessions.list(accountId))
              await connected.sessions.end({ accountId, sessionUid: uid });
          },
          'the app': ({ connection: { app } }) => suspendApp(scene, app),
          'the reason of a request': ({ connection: { app } }) => requestWithReason(scene, app),
        };
        for (const [title, end] of Object.entries(ends)) {
          const scenery = await openSignedIn(scene);
          const request = authorizationOf(scenery);
          expect((await answererOf(request))[0], title).to.equal('fast');
          await end(scenery);
          await waitFor(`no code after the end of ${title}`, async () => {
            const { head } = await send('fast', request);
            return !head.includes('code=');
          });
          const [answerer, fast] = await answererOf(request);
          expect(answerer, title).to.equal('library');
          expect(kindOf(fast), title).to.equal(kindOf(await send('library', request)));
        }
      });

      it('goes to the library when the session or its grant has to be written', async () => {
        const scenery = await openSignedIn(scene);
        await shortenSession(scene, scenery);
        const [first] = await answererOf(authorizationOf(scenery));
        expect(first).to.equal('library');
        const [second] = await answererOf(authorizationOf(scenery));
        expect(second).to.equal('fast');
        await changeConsent(scene, scenery);
        const [third, answer] = await answererOf(authorizationOf(scenery));
        expect(third).to.equal('library');
        expect(answer.head).to.include('code=');
        const [fourth] = await answererOf(authorizationOf(scenery));
        expect(fourth).to.equal('fast');
      });

      it('is limited together with those that the library answers', async () => {
        const { rateLimiter } = scene.fast.connected;
        const counted: string[] = [];
        const { consume } = rateLimiter;
        Object.assign(rateLimiter, {
          consume: (limit: Parameters<typeof consume>[0]) => {
            counted.push(limit.name);
            return consume(limit);
          },
        });
        await send('fast', authorizationOf(signedIn));
        await send('fast', authorizationOf(signedIn, { prompt: 'none' }));
        Object.assign(rateLimiter, { consume });
        expect(counted.filter((name) => name === 'authorization-request')).to.have.length(2);
      });
    });
  }
});

const NATIVE = { applicationType: 'native' } as const;
const SINGLE_PAGE = { applicationType: 'single_page' } as const;

/** The signature does not belong to the value. */
function changed(header: string): string {
  return header.replace(/(consentry-session=)(.)/, (_all, name: string, sign: string) =>
    [name, sign === 'A' ? 'B' : 'A'].join(''),
  );
}

/** The status, and the place that the answer leads to, without the parts that differ each time. */
function kindOf({ head }: RawAnswer): string {
  const [status = ''] = head.split('\r\n');
  const location = /^location: (.*)$/im.exec(head)?.[1] ?? '';
  return `${status} ${location.replaceAll(/(?<=code=|\/interaction\/)[\w-]+/g, '*')}`;
}
