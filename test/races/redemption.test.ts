import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import { connect, type Connected } from '../../src/server/services.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startNode, type ServerNode } from '../support/servers/node.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startRedis } from '../support/servers/redis.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../support/people/third-party-app.ts';

const TRIES = 50;
// Longer than the grace period for a repeated refresh token.
const GRACE_MS = 2_200;
const SCOPE = 'openid profile email offline_access';

interface Answer {
  readonly status: number;
  readonly body: { readonly error?: string; readonly [member: string]: unknown };
}

for (const mode of ['Postgres alone', 'Redis'] as const) {
  describe(`Fifty concurrent redemptions at two server processes, ${mode}`, function () {
    this.timeout(60_000);
    let database: TestDatabase;
    let redis: Awaited<ReturnType<typeof startRedis>> | null = null;
    let nodes: readonly [ServerNode, ServerNode];
    let connected: Connected;
    let person: TestPerson;
    let app: ThirdPartyApp;
    /** A public client: its refresh tokens are rotated. */
    let publicApp: ThirdPartyApp;

    before(async () => {
      database = await createTestDatabase();
      redis = mode === 'Redis' ? await startRedis() : null;
      const storage = {
        databaseUrl: database.url,
        ...(redis !== null && { redisUrl: redis.url }),
      };
      const first = await startNode(storage);
      nodes = [first, await startNode({ ...storage, issuer: first.issuer })];
      connected = await connect(
        testConfig(database.url, { issuer: first.issuer, redisUrl: redis?.url ?? null }),
      );
      person = await createPerson(connected);
      const server = { url: first.issuer, connected };
      app = await registerThirdPartyApp(server, person.accountId);
      publicApp = await registerThirdPartyApp(server, person.accountId, {
        applicationType: 'single_page',
        redirectUris: [REDIRECT_URI],
      });
    });
    after(async () => {
      await connected.close();
      await Promise.all(nodes.map((node) => node.stop()));
      await redis?.stop();
      await database.drop();
    });

    /** Signs in and allows. @returns the code. */
    const obtainCode = async (who = app) => {
      const visitor = visitorAt(nodes[0].issuer);
      const verifier = oauth.randomPKCECodeVerifier();
      await who.begin(visitor, {
        scope: SCOPE,
        prompt: 'consent',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      });
      await signIn(visitor, person);
      await visitor.submitForm('button[value=allow]');
      return { code: visitor.page.url.searchParams.get('code') ?? '', verifier };
    };

    type Endpoint =
      | 'token_endpoint'
      | 'userinfo_endpoint'
      | 'introspection_endpoint'
      | 'pushed_authorization_request_endpoint';

    const at = (node: ServerNode, endpoint: Endpoint): URL =>
      new URL(new URL(String(app.config.serverMetadata()[endpoint])).pathname, node.url);

    const send = async (
      node: ServerNode,
      endpoint: Endpoint,
      form: Record<string, string>,
      who = app,
    ): Promise<Answer> => {
      const credentials = Buffer.from(`${who.clientId}:${who.clientSecret}`).toString('base64');
      const isPublic = who === publicApp;
      const response = await fetch(at(node, endpoint), {
        method: 'POST',
        headers: isPublic ? {} : { authorization: `Basic ${credentials}` },
        body: new URLSearchParams({ ...form, ...(isPublic ? { client_id: who.clientId } : {}) }),
      });
      return { status: response.status, body: (await response.json()) as Answer['body'] };
    };

    const sendAll = async (
      form: Record<string, string>,
      { who = app, tries = TRIES } = {},
    ): Promise<readonly Answer[]> =>
      Promise.all(
        Array.from({ length: tries }, (_, index) =>
          send(index % 2 === 0 ? nodes[0] : nodes[1], 'token_endpoint', form, who),
        ),
      );

    const redemption = ({ code, verifier }: { code: string; verifier: string }) => ({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    });

    const expectNoWinner = (answers: readonly Answer[]): void => {
      const reasons = new Set(
        answers.map(({ status, body }) => `${String(status)} ${body.error ?? ''}`),
      );
      expect([...reasons]).to.deep.equal(['400 invalid_grant']);
    };

    /** Expects exactly one 200, and `invalid_grant` in all other responses. */
    const expectOneWinner = (answers: readonly Answer[]): Answer['body'] => {
      const winners = answers.filter(({ status }) => status === 200);
      expect(winners).to.have.length(1);
      expectNoWinner(answers.filter(({ status }) => status !== 200));
      return winners[0]?.body ?? {};
    };

    it('of one code: one request gets tokens', async () => {
      for (let round = 0; round < 3; round += 1) {
        expectOneWinner(await sendAll(redemption(await obtainCode())));
      }
    });

    it('of one code: no token is valid after the replay (RFC 6749 §4.1.2)', async () => {
      const form = redemption(await obtainCode());
      const tokens = expectOneWinner(await sendAll(form));
      // This request is certainly later than the first use, in any order of the fifty.
      expect((await send(nodes[1], 'token_endpoint', form)).body.error).to.equal('invalid_grant');
      for (const node of nodes) {
        const userinfo = await fetch(at(node, 'userinfo_endpoint'), {
          headers: { authorization: `Bearer ${String(tokens['access_token'])}` },
        });
        expect(userinfo.status, node.url).to.equal(401);
      }
    });

    it('of one refresh token by six tabs: all get the same tokens, which stay valid', async () => {
      const code = await obtainCode(publicApp);
      const first = await send(nodes[0], 'token_endpoint', redemption(code), publicApp);
      expect(first.status).to.equal(200);
      let refreshToken = String(first.body['refresh_token']);
      for (let round = 0; round < 3; round += 1) {
        const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
        const answers = await sendAll(form, { who: publicApp, tries: 6 });
        expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
        expect(new Set(answers.map(({ body }) => JSON.stringify(body)))).to.have.property(
          'size',
          1,
        );
        const tokens = answers[0]?.body ?? {};
        expect(tokens['refresh_token']).not.to.equal(refreshToken);
        refreshToken = String(tokens['refresh_token']);
        const userinfo = await fetch(at(nodes[1], 'userinfo_endpoint'), {
          headers: { authorization: `Bearer ${String(tokens['access_token'])}` },
        });
        expect(userinfo.status).to.equal(200);
      }
    });

    it('of one refresh token: one response, repeated at most twenty times', async () => {
      const code = await obtainCode(publicApp);
      const first = await send(nodes[0], 'token_endpoint', redemption(code), publicApp);
      const form = {
        grant_type: 'refresh_token',
        refresh_token: String(first.body['refresh_token']),
      };
      const answers = await sendAll(form, { who: publicApp });
      const winners = answers.filter(({ status }) => status === 200);
      expect(winners.length).to.be.within(1, 21);
      expect(new Set(winners.map(({ body }) => body['refresh_token']))).to.have.property('size', 1);
      expectNoWinner(answers.filter(({ status }) => status !== 200));
    });

    it('of one refresh token of a confidential client: all succeed without rotation', async () => {
      const first = await send(nodes[0], 'token_endpoint', redemption(await obtainCode()));
      const refreshToken = String(first.body['refresh_token']);
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const answers = await sendAll(form);
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(new Set(answers.map(({ body }) => body['refresh_token']))).to.deep.equal(
        new Set([refreshToken]),
      );
    });

    it('of a refresh token after its grace period: the grant ends (RFC 9700 §4.14.2)', async () => {
      const code = await obtainCode(publicApp);
      const first = await send(nodes[0], 'token_endpoint', redemption(code), publicApp);
      const stolen = {
        grant_type: 'refresh_token',
        refresh_token: String(first.body['refresh_token']),
      };
      const second = await send(nodes[0], 'token_endpoint', stolen, publicApp);
      expect(second.status).to.equal(200);
      await sleep(GRACE_MS);
      expectNoWinner(await sendAll(stolen, { who: publicApp }));
      const latest = String(second.body['refresh_token']);
      const form = { grant_type: 'refresh_token', refresh_token: latest };
      expectNoWinner([await send(nodes[0], 'token_endpoint', form, publicApp)]);
      for (const node of nodes) {
        const userinfo = await fetch(at(node, 'userinfo_endpoint'), {
          headers: { authorization: `Bearer ${String(second.body['access_token'])}` },
        });
        expect(userinfo.status, node.url).to.equal(401);
      }
    });

    it('of one pushed request: one request gets a code', async () => {
      const verifier = oauth.randomPKCECodeVerifier();
      const visitor = visitorAt(nodes[0].issuer);
      await app.begin(visitor, { scope: SCOPE });
      await signIn(visitor, person);
      if (visitor.page.document.querySelector('button[value=allow]')) {
        await visitor.submitForm('button[value=allow]');
      }
      const pushed = await send(nodes[1], 'pushed_authorization_request_endpoint', {
        client_id: app.clientId,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: SCOPE,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      expect([pushed.status, pushed.body.error], JSON.stringify(pushed.body)).to.deep.equal([
        201,
        undefined,
      ]);
      const query = new URLSearchParams({
        client_id: app.clientId,
        request_uri: String(pushed.body['request_uri']),
      });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          visitor.request(`${nodes[0].issuer}/auth?${query.toString()}`),
        ),
      );
      const codes = answers
        .map((response) => response.headers.get('location') ?? '')
        .filter((location) => location.includes('code='));
      expect(codes).to.have.length(1);
    });
  });
}
