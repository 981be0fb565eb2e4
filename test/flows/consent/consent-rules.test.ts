import { expect } from 'chai';
import * as oauth from 'openid-client';

import {
  answerConsent,
  beginAt,
  connectApp,
  isOnConsentPage,
  type ConnectInput,
} from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email';

describe('A consent decision', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;
  let secondEmail: string;
  let people = 0;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  // Each test starts with a person without any decision.
  beforeEach(async () => {
    people += 1;
    secondEmail = `second${String(people)}@work.example`;
    ana = await createPerson(server.connected, {
      values: {
        email: [secondEmail],
        name: ['Ana Petrova'],
        nickname: ['Anya'],
        birthdate: ['1990-04-01'],
        phone_number: [`+1202555${String(1000 + people)}`],
      },
    });
    app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      requests: [
        request('name', 'essential'),
        request('email', 'voluntary'),
        request('birthdate', 'voluntary'),
      ],
    });
    visitor = visitorAt(server.url);
  });

  const input = (rest: Partial<ConnectInput> = {}): ConnectInput => ({
    visitor,
    app,
    person: ana,
    ...rest,
    parameters: { scope: SCOPE, ...rest.parameters },
  });
  const share = (...claims: string[]): Record<string, string> =>
    Object.fromEntries(
      claims.map((claim) => [`claim.${claim}`, ana.attributeIds[claim]?.[0] ?? '']),
    );
  const valuesSeenWith = async (tokens: Tokens): Promise<Record<string, unknown>> => {
    const {
      sub: _sub,
      updated_at: _at,
      ...values
    } = (await oauth.fetchUserInfo(
      app.config,
      tokens.access_token,
      oauth.skipSubjectCheck,
    )) as Record<string, unknown>;
    return values;
  };

  describe('holds against an app that requests more', () => {
    const claimsParameter = (userinfo: object, idToken: object = {}) =>
      JSON.stringify({ userinfo, id_token: idToken });

    it('unregistered claims are neither shown nor released, even as essential', async () => {
      const claims = claimsParameter(
        { phone_number: { essential: true }, nickname: null },
        { phone_number: { essential: true } },
      );
      await beginAt(input({ parameters: { claims } }));
      expect(visitor.page.text).not.to.contain('Anya').and.not.to.contain('+1202');
      const attempt = await beginAt(input({ parameters: { claims } }));
      await answerConsent(input({ choices: share('name') }));
      const tokens = await attempt.finish();
      expect(tokens.claims()).not.to.have.any.keys('phone_number', 'nickname', 'name');
      expect(await valuesSeenWith(tokens)).to.deep.equal({ name: 'Ana Petrova' });
    });

    it('a refused claim is not released, however it is requested', async () => {
      await connectApp(input({ choices: { ...share('name'), 'claim.email': 'refuse' } }));
      const claims = claimsParameter(
        { email: { essential: true }, email_verified: null },
        { email: { essential: true }, email_verified: { essential: true } },
      );
      const tokens = await connectApp(input({ parameters: { claims } }));
      expect(tokens.claims()).not.to.have.any.keys('email', 'email_verified');
      expect(await valuesSeenWith(tokens)).to.deep.equal({ name: 'Ana Petrova' });
    });

    it('an allowed claim of the claims parameter is released where it was requested', async () => {
      const tokens = await connectApp(
        input({
          choices: share('name', 'email'),
          parameters: {
            scope: 'openid profile email',
            claims: claimsParameter({}, { email: null }),
          },
        }),
      );
      expect(tokens.claims()).to.include({ email: ana.email });
    });

    it('a value of another person cannot be chosen', async () => {
      const bob = await createPerson(server.connected, { values: { name: ['Bob'] } });
      await beginAt(input());
      await visitor.submitForm('button[value=allow]', {
        ...share('name'),
        'claim.email': bob.attributeIds['email']?.[0] ?? '',
      });
      expect(visitor.page.status).to.equal(422);
      expect(isOnConsentPage(visitor)).to.equal(true);
    });

    it('an unregistered scope adds no claims', async () => {
      const attempt = await beginAt(input({ parameters: { scope: 'openid profile phone' } }));
      expect(visitor.page.text).not.to.contain('+1202');
      await answerConsent(input({ choices: share('name') }));
      const tokens = await attempt.finish();
      expect(tokens.scope?.split(' ')).to.have.members(['openid', 'profile']);
      expect(await valuesSeenWith(tokens)).to.deep.equal({ name: 'Ana Petrova' });
    });
  });

  describe('is kept', () => {
    it('a refused claim is not requested again, and a silent sign-in succeeds', async () => {
      await connectApp(input({ choices: share('name') }));
      const again = await beginAt(input());
      expect(isOnConsentPage(visitor)).to.equal(false);
      expect(await valuesSeenWith(await again.finish())).to.deep.equal({ name: 'Ana Petrova' });
      const silent = await connectApp(input({ parameters: { prompt: 'none' } }));
      expect(await valuesSeenWith(silent)).to.deep.equal({ name: 'Ana Petrova' });
    });

    it('without a decision, a silent sign-in returns consent_required', async () => {
      await beginAt(input());
      const silent = await app.begin(visitor, { scope: SCOPE, prompt: 'none' });
      expect(silent.answer().get('error')).to.equal('consent_required');
    });

    it('prompt=consent shows the page again with the earlier choices, and the new choices apply', async () => {
      await connectApp(input({ choices: share('name', 'birthdate') }));
      const attempt = await beginAt(input({ parameters: { prompt: 'consent' } }));
      expect(isOnConsentPage(visitor)).to.equal(true);
      const ticked = visitor.page.document.querySelector('input[name="claim.birthdate"][checked]');
      expect(ticked?.getAttribute('value')).to.equal(ana.attributeIds['birthdate']?.[0]);
      const choices = { ...share('name', 'email'), 'claim.birthdate': 'refuse' };
      await answerConsent(input({ choices }));
      expect(await valuesSeenWith(await attempt.finish())).to.deep.equal({
        name: 'Ana Petrova',
        email: ana.email,
        email_verified: true,
      });
    });

    it('the page for a new purpose shows only that claim', async () => {
      await connectApp(input({ choices: share('name', 'email') }));
      await server.connected.clients.setRequests({
        clientId: app.clientId,
        manager: { accountId: ana.accountId, isAdministrator: false },
        requests: [
          request('name', 'essential'),
          { ...request('email', 'voluntary'), purpose: { en: 'Our weekly letter' } },
          request('birthdate', 'voluntary'),
        ],
      });
      await beginAt(input());
      expect(isOnConsentPage(visitor)).to.equal(true);
      const { document, text } = visitor.page;
      expect(text).to.contain('Our weekly letter');
      const shownItems = document.querySelectorAll('section[aria-labelledby=optional] .item');
      expect(shownItems.map((item) => item.text).join(' ')).not.to.contain('1 April 1990');
    });
  });

  describe('takes effect at the next read', () => {
    it('a different value, chosen on the page of the app, is released', async () => {
      const tokens = await connectApp(input({ choices: share('name', 'email') }));
      await visitor.get(`${server.url}/account/apps/${app.clientId}`);
      await visitor.submitForm('form[action$="/items/email"]', {
        choice: ana.attributeIds['email']?.[1] ?? '',
      });
      expect(await valuesSeenWith(tokens)).to.include({ email: secondEmail });
    });

    it('a value no longer shared is omitted, and other values are still released', async () => {
      const tokens = await connectApp(input({ choices: share('name', 'email') }));
      await visitor.get(`${server.url}/account/apps/${app.clientId}`);
      await visitor.submitForm('form[action$="/items/email"]', { choice: 'refuse' });
      expect(await valuesSeenWith(tokens)).to.deep.equal({ name: 'Ana Petrova' });
    });

    it('a deleted value is omitted and not replaced by another value', async () => {
      const second = ana.attributeIds['email']?.[1] ?? '';
      const tokens = await connectApp(
        input({ choices: { ...share('name'), 'claim.email': second } }),
      );
      expect(await valuesSeenWith(tokens)).to.include({ email: secondEmail });
      await visitor.get(`${server.url}/account/emails/${second}/remove`);
      await visitor.submitForm(`form[action$="/${second}/remove"]`);
      expect(await valuesSeenWith(tokens)).to.deep.equal({ name: 'Ana Petrova' });
    });
  });
});

function request(claim: string, necessity: 'essential' | 'voluntary') {
  return {
    claim,
    necessity,
    purpose: { en: `Why we want your ${claim}` },
    longestDuration: 'until_withdrawn' as const,
  };
}
