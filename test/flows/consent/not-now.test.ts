import { expect } from 'chai';
import * as oauth from 'openid-client';

import { beginAt, connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email';

describe('A connected app that needs a value which is no longer shared', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;
  let tokens: Tokens;
  let attempt: SignInAttempt;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  beforeEach(async () => {
    ana = await createPerson(server.connected, { values: { name: ['Ana'] } });
    app = await registerThirdPartyApp(server, ana.accountId, {
      requests: ['name', 'email'].map((claim, index) => ({
        claim,
        necessity: index === 0 ? ('essential' as const) : ('voluntary' as const),
        purpose: { en: `Why ${claim}` },
        longestDuration: 'until_withdrawn' as const,
      })),
    });
    visitor = visitorAt(server.url);
    const choices = { 'claim.email': ana.attributeIds['email']?.[0] ?? '' };
    const input = { visitor, app, person: ana, parameters: { scope: SCOPE } };
    tokens = await connectApp({ ...input, choices });
    const { accountId } = ana;
    const attributeId = ana.attributeIds['name']?.[0] ?? '';
    await server.connected.vault.removeAttribute({ accountId, attributeId });
    await server.connected.vault.addAttribute({ accountId, claim: 'name', value: 'Anna' });
    attempt = await beginAt(input);
  });

  const consent = () =>
    server.connected.consents.find({ accountId: ana.accountId, clientId: app.clientId });
  const seen = ({ access_token: token } = tokens) =>
    oauth.fetchUserInfo(app.config, token, oauth.skipSubjectCheck);

  it('offers "Save", "Not now" and "End access", and states what the last two change', () => {
    const { document } = visitor.page;
    const answers = document.querySelectorAll('.consent-answers button');
    expect(answers.map((button) => button.text.trim())).to.deep.equal([
      'Save',
      'Not now',
      'End access',
    ]);
    expect(document.querySelector('.consent-meanings')?.text)
      .to.include('Not now: you go back to Bookshop without an answer')
      .and.include('What it sees stays as it is')
      .and.include('End access: Bookshop sees nothing from now on');
  });

  it('gets access_denied by "Not now", and everything stays as it is', async () => {
    const before = await consent();
    const answered = await seen();
    await visitor.submitForm('button[value=deny]');
    expect(attempt.answer().get('error')).to.equal('access_denied');
    expect(attempt.answer().has('code')).to.equal(false);
    expect(await consent()).to.deep.equal(before);
    expect(await seen()).to.deep.equal(answered);
  });

  it('sees the new value after "Save"', async () => {
    await visitor.submitForm('button[value=allow]');
    expect(await seen(await attempt.finish())).to.include({ name: 'Anna' });
  });
});
