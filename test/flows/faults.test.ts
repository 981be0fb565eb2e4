import { expect } from 'chai';
import * as oauth from 'openid-client';

import { callApi } from '../support/console-visitor.ts';
import { type Failure, type Faults, injectFaults } from '../support/faults.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/third-party-app.ts';
import type { Visitor } from '../support/visitor.ts';
import { grantIdOf, openGrantScene } from './grant-scene.ts';

type Form = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>>;

/** One run of an operation: everything it needs is ready. */
interface Run {
  /** Sends its requests, each of them once more when it is answered 503. @returns the status of the last answer. */
  readonly send: () => Promise<number>;
  /** What holds afterwards. */
  readonly verify: () => Promise<void>;
}

interface Operation {
  readonly name: string;
  readonly prepare: () => Promise<Run>;
  /** Default: both. */
  readonly failures?: readonly Failure[];
}

/** More than any of them takes. */
const MOST_STEPS = 80;
/** Of a request that was done; of a visitor who is back at the app, the redirect. */
const GOOD = [200, 204, 303];

/** As a careful client: what is answered 503 is sent once more, and nothing else is. */
async function insistOn(send: () => Promise<Response>): Promise<Response> {
  const first = await send();
  if (first.status !== 503) return first;
  expect(first.headers.get('retry-after')).to.match(/^\d+$/);
  // The visitor does not see this answer, so it must not change what the browser holds.
  expect(first.headers.getSetCookie()).to.deep.equal([]);
  await first.arrayBuffer();
  return send();
}
const insist: typeof fetch = (input, init) => insistOn(() => fetch(input, init));

describe('A fault at each step of an operation', function () {
  this.timeout(30_000);
  let server: TestServer;
  let faults: Faults;
  let person: TestPerson;
  let app: ThirdPartyApp;
  let signedIn: Visitor;
  let scene: Awaited<ReturnType<typeof openGrantScene>>;

  before(async () => {
    server = await startTestServer({ redis: true });
    person = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId, {
      applicationType: 'single_page',
    });
    scene = await openGrantScene(server);
    signedIn = insistingVisitor();
    await signedIn.get('/account');
    await signIn(signedIn, person);
    faults = injectFaults(server.connected);
  });
  after(() => server.stop());

  const insistingVisitor = (): Visitor => visitorAt(server.url, { fetch: insist });
  const post = (path: string, form: Form): Promise<Response> =>
    insist(`${server.url}${path}`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: app.clientId, ...form }),
    });
  /** As far as the consent page, or the sign-in page for one who is not signed in. */
  const begin = async (visitor: Visitor): Promise<string> => {
    const verifier = oauth.randomPKCECodeVerifier();
    await app.begin(visitor, {
      scope: 'openid offline_access',
      prompt: 'consent',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    });
    return verifier;
  };
  const redemptionOf = (visitor: Visitor, verifier: string): Form => ({
    grant_type: 'authorization_code',
    code: visitor.page.url.searchParams.get('code') ?? '',
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  });
  const obtainCode = async (): Promise<Form> => {
    const verifier = await begin(signedIn);
    await signedIn.submitForm('button[value=allow]');
    return redemptionOf(signedIn, verifier);
  };
  const obtainTokens = async (): Promise<{ access: string; refresh: string }> => {
    const body = (await (await post('/token', await obtainCode())).json()) as Body;
    return { access: String(body['access_token']), refresh: String(body['refresh_token']) };
  };
  const isAlive = async (accessToken: unknown): Promise<boolean> => {
    const answer = await fetch(`${server.url}/userinfo`, {
      headers: { authorization: `Bearer ${String(accessToken)}` },
    });
    expect(answer.status).to.be.oneOf([200, 401]);
    return answer.status === 200;
  };
  const refreshWith = (refreshToken: unknown): Form => ({
    grant_type: 'refresh_token',
    refresh_token: String(refreshToken),
  });
  const isRefreshable = async (refreshToken: unknown): Promise<boolean> => {
    const { status } = await post('/token', refreshWith(refreshToken));
    expect(status).to.be.oneOf([200, 400]);
    return status === 200;
  };
  /** A token request that is answered with tokens that work. */
  const tokenRequest = (form: Form): Run => {
    let body: Body = {};
    return {
      send: async () => {
        const answer = await post('/token', form);
        body = (await answer.json()) as Body;
        return answer.status;
      },
      verify: async () => {
        expect(await isAlive(body['access_token'])).to.equal(true);
        expect(await isRefreshable(body['refresh_token'])).to.equal(true);
      },
    };
  };
  const revocationOf = (token: string, verify: Run['verify']): Run => ({
    send: async () => (await post('/token/revocation', { token })).status,
    verify,
  });
  const endsAccess = async (tokens: Tokens): Promise<void> => {
    expect(await scene.claimsSeenWith(tokens)).to.deep.equal(['refused']);
    expect(await scene.isRefreshRefused(tokens)).to.equal(true);
  };
  const operations: readonly Operation[] = [
    {
      name: 'the redemption of a code',
      prepare: async () => tokenRequest(await obtainCode()),
      // A code works once, also when the answer to its commit is lost.
      failures: ['undone'],
    },
    {
      name: 'a refresh',
      prepare: async () => tokenRequest(refreshWith((await obtainTokens()).refresh)),
    },
    {
      name: 'the revocation of a refresh token',
      prepare: async () => {
        const { refresh, access } = await obtainTokens();
        return revocationOf(refresh, async () => {
          expect(await isRefreshable(refresh)).to.equal(false);
          expect(await isAlive(access)).to.equal(false);
        });
      },
    },
    {
      name: 'the revocation of an access token',
      prepare: async () => {
        const { refresh, access } = await obtainTokens();
        return revocationOf(access, async () => {
          expect(await isAlive(access)).to.equal(false);
          expect(await isRefreshable(refresh)).to.equal(true);
        });
      },
    },
    {
      name: 'a withdrawal by the app',
      prepare: async () => {
        const tokens = await scene.connect();
        const token = await scene.ownToken('grant_management_revoke');
        return {
          send: async () => {
            const answer = await insist(`${server.url}/grants/${grantIdOf(tokens)}`, {
              method: 'DELETE',
              headers: { authorization: `Bearer ${token}` },
            });
            return answer.status;
          },
          verify: () => endsAccess(tokens),
        };
      },
    },
    {
      name: 'a withdrawal by the person',
      prepare: async () => {
        const tokens = await scene.connect();
        return {
          send: async () => {
            const address = `${server.url}/api/v1/account/apps/${scene.app.clientId}`;
            return (await insistOn(() => callApi(scene.visitor, 'DELETE', address))).status;
          },
          verify: () => endsAccess(tokens),
        };
      },
    },
  ];

  for (const { name, prepare, failures } of operations) {
    for (const failure of failures ?? (['undone', 'answer lost'] as const)) {
      it(`(${failure}) leaves ${name} undone or done, and the same request succeeds afterwards`, async () => {
        let steps = 0;
        for (; steps < MOST_STEPS; steps += 1) {
          const { send, verify } = await prepare();
          faults.failAt(steps, failure);
          const status = await send().finally(() => faults.end());
          const wasReached = faults.end();
          expect(status, `step ${String(steps)}`).to.be.oneOf(GOOD);
          await verify();
          if (!wasReached) break;
        }
        expect(steps).to.be.within(1, MOST_STEPS - 1);
      });
    }
  }
});
