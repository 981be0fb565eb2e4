import { expect } from 'chai';
import * as oauth from 'openid-client';

import { settableClock } from '../../support/clock.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';

const SCOPE = 'openid profile email offline_access';
const GRACE_SECONDS = 2;
const DAY = 86_400;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('The token endpoint of two nodes', function () {
  this.timeout(120_000);
  const clock = settableClock(new Date());
  let nodes: readonly [TestServer, TestServer];
  let person: TestPerson;
  let app: ThirdPartyApp;
  let publicApp: ThirdPartyApp;

  before(async () => {
    const first = await startTestServer({ redis: true, clock });
    const { databaseUrl, url: issuer } = first;
    nodes = [first, await startTestServer({ redis: true, clock, databaseUrl, config: { issuer } })];
    person = await createPerson(first.connected, { values: { name: ['Ana Petrova'] } });
    app = await registerThirdPartyApp(first, person.accountId);
    publicApp = await registerThirdPartyApp(first, person.accountId, {
      applicationType: 'single_page',
    });
  });
  beforeEach(() => clock.set(new Date()));
  after(async () => {
    await nodes[1].stop();
    await nodes[0].stop();
  });

  const send = async (
    form: Readonly<Record<string, string>>,
    { client = app, node = 0, headers = {}, path = '/token' } = {},
  ): Promise<Answer> => {
    const isPublic = client.clientSecret === '';
    const credentials = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
    const { port } = nodes[node === 0 ? 0 : 1].server.address() as { port: number };
    const response = await fetch(`http://localhost:${String(port)}${path}`, {
      method: 'POST',
      headers: { ...(isPublic ? {} : { authorization: `Basic ${credentials}` }), ...headers },
      body: new URLSearchParams({ ...(isPublic ? { client_id: client.clientId } : {}), ...form }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as object),
    } as Answer;
  };
  const obtainCode = async (client = app) => {
    const visitor = visitorAt(nodes[0].url);
    const verifier = oauth.randomPKCECodeVerifier();
    await client.begin(visitor, {
      scope: SCOPE,
      prompt: 'consent',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    });
    await signIn(visitor, person);
    await visitor.submitForm('button[value=allow]');
    return {
      grant_type: 'authorization_code',
      code: visitor.page.url.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    };
  };
  const obtainRefreshToken = async (client = app): Promise<string> => {
    const { status, body } = await send(await obtainCode(client), { client });
    expect(status, JSON.stringify(body)).to.equal(200);
    return String(body['refresh_token']);
  };
  const refreshing = (refreshToken: string, more = {}) => ({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...more,
  });
  const errorOf = ({ status, body }: Answer) => `${String(status)} ${String(body['error'])}`;

  describe('a refresh by a public client', () => {
    it('from six tabs at once returns the same tokens to all', async () => {
      const form = refreshing(await obtainRefreshToken(publicApp));
      const answers = await Promise.all(
        [0, 1, 0, 1, 0, 1].map((node) => send(form, { client: publicApp, node })),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).to.equal(1);
      const successor = String(answers[0]?.body['refresh_token']);
      expect(successor).not.to.equal(form.refresh_token);
      const next = await send(refreshing(successor), { client: publicApp, node: 1 });
      expect(next.status).to.equal(200);
    });

    it('that is repeated within the grace period gets the same response; a different request is refused', async () => {
      const refreshToken = await obtainRefreshToken(publicApp);
      const first = await send(refreshing(refreshToken), { client: publicApp });
      clock.advance(GRACE_SECONDS - 0.1);
      const repeated = await send(refreshing(refreshToken), { client: publicApp, node: 1 });
      expect(repeated).to.deep.equal(first);
      const other = refreshing(refreshToken, { scope: 'openid' });
      expect(errorOf(await send(other, { client: publicApp }))).to.equal('400 invalid_grant');
      const successor = refreshing(String(first.body['refresh_token']));
      expect((await send(successor, { client: publicApp })).status).to.equal(200);
    });

    it('that is repeated after the grace period ends the grant (RFC 9700 §4.14.2)', async () => {
      const refreshToken = await obtainRefreshToken(publicApp);
      const first = await send(refreshing(refreshToken), { client: publicApp });
      clock.advance(GRACE_SECONDS + 0.1);
      const repeated = await send(refreshing(refreshToken), { client: publicApp, node: 1 });
      expect(errorOf(repeated)).to.equal('400 invalid_grant');
      const successor = refreshing(String(first.body['refresh_token']));
      expect(errorOf(await send(successor, { client: publicApp, node: 1 }))).to.equal(
        '400 invalid_grant',
      );
    });

    it('that is refused for its resource or scope does not use up the refresh token', async () => {
      const refreshToken = await obtainRefreshToken(publicApp);
      const mistakes = [
        [{ resource: 'https://unknown.example.org' }, '400 invalid_target'],
        [{ scope: 'openid phone' }, '400 invalid_scope'],
      ] as const;
      for (const [more, error] of mistakes) {
        const refused = await send(refreshing(refreshToken, more), { client: publicApp });
        expect(errorOf(refused)).to.equal(error);
      }
      clock.advance(GRACE_SECONDS + 1);
      expect((await send(refreshing(refreshToken), { client: publicApp })).status).to.equal(200);
    });
  });

  describe('a refresh by a confidential client', () => {
    const endOf = async (refreshToken: string) => {
      const payload = await nodes[0].connected.tokens.artifacts('RefreshToken').find(refreshToken);
      return payload?.exp ?? 0;
    };

    it('does not rotate the refresh token, also from six tabs at once', async () => {
      const form = refreshing(await obtainRefreshToken());
      const answers = await Promise.all([0, 1, 0, 1, 0, 1].map((node) => send(form, { node })));
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
      for (const { body } of answers) expect(body['refresh_token']).to.equal(form.refresh_token);
    });

    it('extends the refresh token by two weeks, at most once a day', async () => {
      const refreshToken = await obtainRefreshToken();
      const firstEnd = await endOf(refreshToken);
      expect(firstEnd).to.be.closeTo(clock.now().getTime() / 1000 + 14 * DAY, 5);
      clock.advance(DAY / 2);
      expect((await send(refreshing(refreshToken))).status).to.equal(200);
      expect(await endOf(refreshToken)).to.equal(firstEnd);
      clock.advance(DAY / 2 + 60);
      expect((await send(refreshing(refreshToken))).status).to.equal(200);
      expect(await endOf(refreshToken)).to.be.closeTo(firstEnd + DAY + 60, 5);
    });

    it('is refused when the token was not used for two weeks', async () => {
      const refreshToken = await obtainRefreshToken();
      clock.advance(14 * DAY + 60);
      expect(errorOf(await send(refreshing(refreshToken)))).to.equal('400 invalid_grant');
    });
  });

  describe('a code', () => {
    it('is invalid after a wrong, missing or malformed verifier (RFC 9700 §2.1.1)', async () => {
      const wrong = [
        ['400 invalid_grant', { code_verifier: 'x'.repeat(43) }],
        ['400 invalid_grant', {}],
        ['400 invalid_request', { code_verifier: 'too short' }],
      ] as const;
      for (const [error, verifier] of wrong) {
        const { code_verifier: right, ...form } = await obtainCode();
        expect(errorOf(await send({ ...form, ...verifier }))).to.equal(error);
        const second = await send({ ...form, code_verifier: right }, { node: 1 });
        expect(errorOf(second)).to.equal('400 invalid_grant');
      }
    });

    it('stays valid after a wrong resource or a request of another app', async () => {
      const form = await obtainCode();
      expect(errorOf(await send(form, { client: publicApp }))).to.equal('400 invalid_grant');
      const elsewhere = await send({ ...form, resource: 'https://unknown.example.org' });
      expect(errorOf(elsewhere)).to.equal('400 invalid_target');
      expect((await send(form)).status).to.equal(200);
    });

    it('ends the grant when it is redeemed twice (RFC 6749 §4.1.2)', async () => {
      const form = await obtainCode();
      const first = await send(form);
      expect(first.status).to.equal(200);
      expect(errorOf(await send(form, { node: 1 }))).to.equal('400 invalid_grant');
      const refresh = await send(refreshing(String(first.body['refresh_token'])));
      expect(errorOf(refresh)).to.equal('400 invalid_grant');
    });
  });

  describe('an app', () => {
    it('must use its registered authentication method, and sees the reason only with the right secret', async () => {
      const strict = await registerThirdPartyApp(nodes[0], person.accountId, {
        tokenEndpointAuthMethod: 'client_secret_basic',
      });
      const inForm = { client_id: strict.clientId, client_secret: strict.clientSecret };
      const form = { grant_type: 'client_credentials', scope: 'grant_management_query' };
      const options = { client: { ...strict, clientSecret: '' } };
      const refused = await send({ ...form, ...inForm }, options);
      expect(errorOf(refused)).to.equal('401 invalid_client');
      expect(refused.body['error_description']).to.equal(
        'this app is registered for client_secret_basic: send the secret in the Authorization header',
      );
      const guessed = await send({ ...form, ...inForm, client_secret: 'wrong' }, options);
      expect(guessed.body['error_description']).to.equal('client authentication failed');
      const posting = await registerThirdPartyApp(nodes[0], person.accountId, {
        tokenEndpointAuthMethod: 'client_secret_post',
      });
      const inHeader = await send(form, { client: posting });
      expect(inHeader.body['error_description']).to.equal(
        'this app is registered for client_secret_post: send the secret in the request body',
      );
    });

    it('without a secret may send an empty secret in the header', async () => {
      const refreshToken = await obtainRefreshToken(publicApp);
      const idOnly = Buffer.from(`${publicApp.clientId}:`).toString('base64');
      const headers = { authorization: `Basic ${idOnly}` };
      const bare = { client: { ...publicApp, clientSecret: 'in the header' }, headers };
      expect((await send(refreshing(refreshToken), bare)).status).to.equal(200);
      const both = await send(refreshing(refreshToken, { client_id: publicApp.clientId }), bare);
      expect(both.status).to.equal(200);
      const mixed = await send(refreshing(refreshToken, { client_id: app.clientId }), bare);
      expect(errorOf(mixed)).to.equal('400 invalid_request');
      const emptyOfOther = Buffer.from(`${app.clientId}:`).toString('base64');
      const other = await send(refreshing(refreshToken), {
        ...bare,
        headers: { authorization: `Basic ${emptyOfOther}` },
      });
      expect(errorOf(other)).to.equal('400 invalid_request');
    });

    it('with a secret needs PKCE or a nonce; without a secret it needs PKCE (RFC 9700 §2.1.1)', async () => {
      const strict = await registerThirdPartyApp(nodes[0], person.accountId, { requirePkce: true });
      const answers: string[] = [];
      for (const [client, parameters] of [
        [app, { nonce: 'n' }],
        [app, {}],
        [app, { nonce: 'n', scope: 'profile' }],
        [strict, { nonce: 'n' }],
        [publicApp, { nonce: 'n' }],
      ] as const) {
        const query = new URLSearchParams({
          client_id: client.clientId,
          response_type: 'code',
          redirect_uri: REDIRECT_URI,
          scope: 'openid',
          ...parameters,
        });
        const visitor = visitorAt(nodes[0].url);
        const response = await visitor.request(`${nodes[0].url}/auth?${query.toString()}`);
        const location = response.headers.get('location') ?? '';
        answers.push(URL.parse(location)?.searchParams.get('error_description') ?? location);
      }
      const needed = 'send code_challenge with code_challenge_method=S256 (PKCE), or a nonce';
      const policy = 'Authorization Server policy requires PKCE to be used for this request';
      expect(answers[0]).to.match(/^\/interaction\//);
      const withoutOpenid = 'openid scope must be requested when using the nonce parameter';
      expect(answers.slice(1)).to.deep.equal([needed, withoutOpenid, policy, policy]);
    });
  });
});
