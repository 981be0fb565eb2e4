import { expect } from 'chai';
import * as oauth from 'openid-client';

import { expectRefusal } from '../../support/http/oauth-refusal.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const REQUESTS = [
  { claim: 'name', necessity: 'essential', purpose: { en: 'To greet you' } },
  { claim: 'email', necessity: 'voluntary', purpose: { en: 'Order confirmations' } },
  { claim: 'birthdate', necessity: 'voluntary', purpose: { en: 'A present' } },
].map((request) => ({ ...request, longestDuration: 'until_withdrawn' })) as never;

for (const redis of [false, true]) {
  describe(`A person at a third-party app (${redis ? 'Postgres and Redis' : 'Postgres only'})`, () => {
    let server: TestServer;
    let ana: TestPerson;
    let app: ThirdPartyApp;

    before(async () => {
      server = await startTestServer({ redis });
      ana = await createPerson(server.connected, {
        values: {
          email: ['second@work.example'],
          name: ['Ana Petrova', 'A. Petrova'],
          birthdate: ['1990-04-01'],
        },
      });
      app = await registerThirdPartyApp(server, ana.accountId, { requests: REQUESTS });
    });
    after(() => server.stop());

    const SCOPE = 'openid profile email offline_access';

    /** Signs in and answers the consent page. */
    async function connect(
      visitor: Visitor,
      choices: Record<string, string>,
      parameters: Record<string, string> = {},
    ): Promise<Tokens> {
      const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent', ...parameters });
      if (visitor.page.document.querySelector('input[name=password]')) await signIn(visitor, ana);
      await visitor.submitForm('button[value=allow]', choices);
      return attempt.finish();
    }

    const secondEmail = () => ({
      'claim.name': ana.attributeIds['name']?.[1] ?? '',
      'claim.email': ana.attributeIds['email']?.[1] ?? '',
    });

    it('receives exactly the chosen values and records the read', async () => {
      const visitor = visitorAt(server.url);
      const tokens = await connect(visitor, secondEmail());
      const claims = tokens.claims();
      expect(claims).to.include({ iss: server.url, aud: app.clientId, sub: ana.accountId });
      expect(claims).not.to.have.any.keys('email', 'name', 'birthdate');

      const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
      const { updated_at: _updatedAt, ...values } = userinfo as Record<string, unknown>;
      expect(values).to.deep.equal({
        sub: ana.accountId,
        name: 'A. Petrova',
        email: 'second@work.example',
        email_verified: true,
      });

      const [release] = await server.connected.ledger.list({ accountId: ana.accountId, limit: 1 });
      expect(release).to.include({ clientId: app.clientId, channel: 'userinfo' });
      expect(release?.claims).to.include.members(['name', 'email', 'email_verified']);
    });

    it('sees the real values, the purposes and both buttons on the consent page', async () => {
      const visitor = visitorAt(server.url);
      await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
      await signIn(visitor, ana);
      const { text, document } = visitor.page;
      for (const shown of [
        'Bookshop',
        'A. Petrova',
        'second@work.example',
        '1 April 1990',
        'To greet you',
      ]) {
        expect(text).to.contain(shown);
      }
      expect(document.querySelectorAll('button[name=decision]').length).to.be.at.least(2);
    });

    it('sees no consent page when every claim is decided, including refused ones', async () => {
      const visitor = visitorAt(server.url);
      await connect(visitor, secondEmail());
      const silent = await app.begin(visitor, { scope: SCOPE, prompt: 'none' });
      expect(silent.answer().get('error')).to.equal(null);
      await silent.finish();
    });

    it('sees no consent page again on another device', async () => {
      await connect(visitorAt(server.url), secondEmail());
      const other = visitorAt(server.url);
      const attempt = await app.begin(other, { scope: SCOPE });
      await signIn(other, ana);
      expect((await attempt.finish()).access_token).to.be.a('string');
    });

    it('causes access_denied and no code by ending the access', async () => {
      const visitor = visitorAt(server.url);
      const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
      await signIn(visitor, ana);
      await visitor.submitForm('button[value=stop]');
      expect(attempt.answer().get('error')).to.equal('access_denied');
      expect(attempt.answer().get('code')).to.equal(null);
    });

    it('loses the tokens of a code that the app redeems twice', async () => {
      const visitor = visitorAt(server.url);
      const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
      await signIn(visitor, ana);
      await visitor.submitForm('button[value=allow]', secondEmail());
      const tokens = await attempt.finish();
      await expectRefusal(attempt.finish(), 'invalid_grant');
      await expectRefusal(
        oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? ''),
        'invalid_grant',
      );
    });

    it('gives a confidential client a refresh token that is not rotated (RFC 9700 4.14.2)', async () => {
      const tokens = await connect(visitorAt(server.url), secondEmail());
      const first = tokens.refresh_token ?? '';
      const second = await oauth.refreshTokenGrant(app.config, first);
      expect(second.refresh_token).to.equal(first);
      expect(second.access_token).not.to.equal(tokens.access_token);
      const third = await oauth.refreshTokenGrant(app.config, first);
      for (const { access_token: token } of [tokens, second, third]) {
        expect(await userinfo(token)).to.include({ sub: ana.accountId });
      }
    });

    it('has no tokens left in a grant after the app revokes its refresh token', async () => {
      const tokens = await connect(visitorAt(server.url), secondEmail());
      await oauth.tokenRevocation(app.config, tokens.refresh_token ?? '');
      await expectRefusal(userinfo(tokens.access_token), 'invalid_token');
      const state = await oauth.tokenIntrospection(app.config, tokens.access_token);
      expect(state).to.deep.equal({ active: false });
    });

    it('has no personal value in the introspection of a token', async () => {
      const tokens = await connect(visitorAt(server.url), secondEmail());
      const state = await oauth.tokenIntrospection(app.config, tokens.access_token);
      expect(state).to.include({ active: true, client_id: app.clientId, sub: ana.accountId });
      expect(state).not.to.have.any.keys('email', 'name');
    });

    it('ends access: tokens, refresh tokens and unused codes are refused at once', async () => {
      const visitor = visitorAt(server.url);
      const tokens = await connect(visitor, secondEmail());
      const elsewhere = visitorAt(server.url);
      const pending = await app.begin(elsewhere, { scope: SCOPE });
      await signIn(elsewhere, ana);
      expect(pending.answer().has('code')).to.equal(true);
      await visitor.get(`${server.url}/account/apps/${app.clientId}/end`);
      await visitor.submitForm('form[action$="/end"]');

      await expectRefusal(userinfo(tokens.access_token), 'invalid_token');
      const state = await oauth.tokenIntrospection(app.config, tokens.access_token);
      expect(state).to.deep.equal({ active: false });
      await expectRefusal(
        oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? ''),
        'invalid_grant',
      );
      await expectRefusal(pending.finish(), 'invalid_grant');
    });

    it('ends the session by signing out through the app', async () => {
      const visitor = visitorAt(server.url);
      const tokens = await connect(visitor, secondEmail());
      await visitor.get(
        oauth.buildEndSessionUrl(app.config, {
          id_token_hint: tokens.id_token ?? '',
          post_logout_redirect_uri: 'http://localhost:9/',
          state: 'kept',
        }),
      );
      await visitor.submitForm('button[name=logout]');
      expect(visitor.page.url.href).to.equal('http://localhost:9/?state=kept');
      const silent = await app.begin(visitor, { scope: SCOPE, prompt: 'none' });
      expect(silent.answer().get('error')).to.equal('login_required');
    });

    it('enters the password again for max_age and prompt=login', async () => {
      const visitor = visitorAt(server.url);
      await connect(visitor, secondEmail());
      await app.begin(visitor, { scope: SCOPE, prompt: 'login' });
      expect(visitor.page.document.querySelector('input[name=password]')).not.to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await app.begin(visitor, { scope: SCOPE, max_age: '0' });
      expect(visitor.page.document.querySelector('input[name=password]')).not.to.equal(null);
    });

    const userinfo = (accessToken: string) =>
      oauth.fetchUserInfo(app.config, accessToken, ana.accountId);
  });
}
