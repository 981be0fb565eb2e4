import { expect } from 'chai';
import * as oauth from 'openid-client';

import type { ClaimRequestInput } from '../../../src/clients/index.ts';
import {
  beginAt,
  connectApp,
  isOnConsentPage,
  type ConnectInput,
} from '../../support/people/connect-app.ts';
import { expectRefusal } from '../../support/http/oauth-refusal.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email offline_access';

describe('The consent page for a changed request', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;
  let tokens: Tokens;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: { name: ['Ana Petrova'], birthdate: ['1990-04-01'] },
    });
  });
  after(() => server.stop());

  beforeEach(async () => {
    app = await registerThirdPartyApp(server, ana.accountId, {
      requests: [request('name', 'essential'), request('email', 'voluntary')],
    });
    visitor = visitorAt(server.url);
    tokens = await connectApp(
      input({
        choices: { 'claim.name': id('name'), 'claim.email': id('email') },
        parameters: { prompt: 'consent' },
      }),
    );
    await server.connected.clients.setRequests({
      clientId: app.clientId,
      manager: { accountId: ana.accountId, isAdministrator: false },
      requests: [
        request('name', 'essential'),
        { ...request('email', 'voluntary'), purpose: { en: 'Our weekly letter' } },
        request('birthdate', 'essential'),
      ],
    });
  });

  const id = (claim: string): string => ana.attributeIds[claim]?.[0] ?? '';
  const input = (rest: Partial<ConnectInput> = {}): ConnectInput => ({
    visitor,
    app,
    person: ana,
    ...rest,
    parameters: { scope: SCOPE, ...rest.parameters },
  });
  const seenWith = async (those: Tokens): Promise<string[]> =>
    Object.keys(
      await oauth.fetchUserInfo(app.config, those.access_token, oauth.skipSubjectCheck),
    ).filter((name) => !['sub', 'updated_at', 'email_verified'].includes(name));

  it('shows only the differences, and is required before a silent sign-in succeeds', async () => {
    const silent = await app.begin(visitor, { scope: SCOPE, prompt: 'none' });
    expect(silent.answer().get('error')).to.equal('consent_required');
    await beginAt(input());
    const { document, text } = visitor.page;
    const fields = document.querySelectorAll('form[action$="/consent"] [name^="claim."]');
    expect(new Set(fields.map((field) => field.getAttribute('name')))).to.deep.equal(
      new Set(['claim.email', 'claim.birthdate']),
    );
    expect(text).to.include('Our weekly letter').and.include('Before: Why we want your email');
    expect(text).to.include('The app will see it again only if you choose it again');
  });

  it('completes the sign-in with the earlier set by "keep", which stays decided', async () => {
    const attempt = await beginAt(input());
    await visitor.submitForm('button[value=keep]');
    expect(await seenWith(await attempt.finish())).to.have.members(['name', 'email']);
    const again = await beginAt(input({ parameters: { prompt: 'none' } }));
    expect(await seenWith(await again.finish())).to.have.members(['name', 'email']);
    await beginAt(input());
    expect(isOnConsentPage(visitor)).to.equal(false);
    // Only a prompt=consent of the app shows the page again.
    await beginAt(input({ parameters: { prompt: 'consent' } }));
    expect(visitor.page.text).to.include('1 April 1990');
  });

  it('adds the chosen new claims by "allow"', async () => {
    const attempt = await beginAt(input());
    await visitor.submitForm('button[value=allow]', { 'claim.email': 'refuse' });
    expect(await seenWith(await attempt.finish())).to.have.members(['name', 'birthdate']);
    expect(await seenWith(tokens)).to.have.members(['name', 'birthdate']);
  });

  it('returns access_denied and ends the access of the app by "stop"', async () => {
    const attempt = await beginAt(input());
    await visitor.submitForm('button[value=stop]');
    expect(attempt.answer().get('error')).to.equal('access_denied');
    await expectRefusal(seenWith(tokens), 'invalid_token');
    await expectRefusal(
      oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? ''),
      'invalid_grant',
    );
  });

  it('changes nothing when the person leaves the page', async () => {
    await beginAt(input());
    expect(await seenWith(tokens)).to.have.members(['name', 'email']);
  });

  it('removes claims that are no longer requested, also from earlier tokens', async () => {
    await beginAt(input({ parameters: { scope: 'openid profile' } }));
    expect(visitor.page.text).to.include('no longer asks for');
    await visitor.submitForm('button[value=keep]');
    expect(await seenWith(tokens)).to.deep.equal(['name']);
    await visitor.get(`${server.url}/account/history`);
    expect(visitor.page.text).to.include('No longer asked for: e-mail');
  });
});

function request(claim: string, necessity: 'essential' | 'voluntary'): ClaimRequestInput {
  return {
    claim,
    necessity,
    purpose: { en: `Why we want your ${claim}` },
    longestDuration: 'until_withdrawn' as const,
  };
}
