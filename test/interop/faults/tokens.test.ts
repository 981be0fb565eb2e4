import { expect } from 'chai';
import * as oauth from 'openid-client';

import { callApi } from '../../support/people/console-visitor.ts';
import { type Faults, injectFaults } from '../../support/measurement/faults.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import {
  failEachStep,
  retryFetch,
  retryUnavailable,
  type Operation,
  type Run,
} from './each-step.ts';
import { grantIdOf, openGrantScene } from '../../flows/protocol/grant-scene.ts';

type Form = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>>;

describe('A fault at each step of a token request', function () {
  this.timeout(60_000);
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
    signedIn = retryingVisitor();
    await signedIn.get('/account');
    await signIn(signedIn, person);
    faults = injectFaults(server.connected);
  });
  after(() => server.stop());

  const retryingVisitor = (): Visitor => visitorAt(server.url, { fetch: retryFetch });
  const post = (path: string, form: Form): Promise<Response> =>
    retryFetch(`${server.url}${path}`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: app.clientId, ...form }),
    });
  /** Opens the consent page, or the sign-in page for a visitor who is not signed in. */
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
  /** A token request that must return valid tokens. */
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
  const verifyAccessEnded = async (tokens: Tokens): Promise<void> => {
    expect(await scene.claimsSeenWith(tokens)).to.deep.equal(['refused']);
    expect(await scene.isRefreshRefused(tokens)).to.equal(true);
  };
  const operations: readonly Operation[] = [
    {
      name: 'the redemption of a code',
      prepare: async () => tokenRequest(await obtainCode()),
      // A code can be redeemed once, also when the response to its commit is lost.
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
            const answer = await retryFetch(`${server.url}/grants/${grantIdOf(tokens)}`, {
              method: 'DELETE',
              headers: { authorization: `Bearer ${token}` },
            });
            return answer.status;
          },
          verify: () => verifyAccessEnded(tokens),
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
            return (await retryUnavailable(() => callApi(scene.visitor, 'DELETE', address))).status;
          },
          verify: () => verifyAccessEnded(tokens),
        };
      },
    },
  ];

  failEachStep(() => faults, operations);
});
