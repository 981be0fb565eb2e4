import { expect } from 'chai';
import * as oauth from 'openid-client';

import type { Consent } from '../../../src/consents/index.ts';
import { beginAt, connectApp } from '../../support/people/connect-app.ts';
import { expectRefusal } from '../../support/http/oauth-refusal.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email offline_access';

describe('The consent page of a connected app that requests a new decision', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;
  let tokens: Tokens;
  let attempt: SignInAttempt;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: { name: ['Ana'], birthdate: ['1990-04-12'] },
    });
  });
  after(() => server.stop());

  beforeEach(async () => {
    app = await registerThirdPartyApp(server, ana.accountId, {
      requests: ['name', 'email', 'birthdate'].map((claim, index) => ({
        claim,
        necessity: index === 0 ? ('essential' as const) : ('voluntary' as const),
        purpose: { en: `Why ${claim}` },
        longestDuration: 'until_withdrawn' as const,
      })),
    });
    visitor = visitorAt(server.url);
    const parameters = { scope: SCOPE };
    const choices = { 'claim.email': ana.attributeIds['email']?.[0] ?? '', duration: '30_days' };
    tokens = await connectApp({ visitor, app, person: ana, parameters, choices });
    const again = { scope: SCOPE, prompt: 'consent' };
    attempt = await beginAt({ visitor, app, person: ana, parameters: again });
  });

  const consent = async (): Promise<Consent | null> =>
    server.connected.consents.find({ accountId: ana.accountId, clientId: app.clientId });
  const names = async (of: Tokens): Promise<string[]> => {
    const info = await oauth.fetchUserInfo(app.config, of.access_token, oauth.skipSubjectCheck);
    return ['name', 'email', 'birthdate'].filter((name) => name in info);
  };

  it('got a refresh token at the first decision, without prompt=consent', () => {
    expect(tokens.refresh_token).to.be.a('string');
  });

  it('states what is shared and since when, with the earlier choices, and offers three answers', () => {
    const { document, text } = visitor.page;
    expect(document.querySelector('h1')?.text).to.equal('What Bookshop sees about you');
    expect(text).to.include('Connected since').and.include('Shared until');
    const checked = document.querySelectorAll('[role=switch][checked]');
    expect(checked.map((field) => field.getAttribute('name'))).to.deep.equal(['claim.email']);
    const duration = document.querySelector('select[name=duration] option[selected]');
    expect(duration?.getAttribute('value')).to.equal('30_days');
    const answers = document.querySelectorAll('.consent-answers button');
    expect(answers.map((button) => button.text.trim())).to.deep.equal([
      'Save',
      'Keep as it is',
      'End access',
    ]);
  });

  it('goes back with everything as agreed by "Keep as it is"', async () => {
    const before = await consent();
    await visitor.submitForm('button[value=keep]', { 'claim.email': null, duration: '1_year' });
    expect(await names(await attempt.finish())).to.deep.equal(['name', 'email']);
    expect((await consent())?.items).to.deep.equal(before?.items);
  });

  it('changes what is chosen by "Save"', async () => {
    const birthdate = ana.attributeIds['birthdate']?.[0] ?? '';
    const choices = { 'claim.email': null, 'claim.birthdate': birthdate };
    await visitor.submitForm('button[value=allow]', choices);
    expect(await names(await attempt.finish())).to.deep.equal(['name', 'birthdate']);
    expect(await names(tokens)).to.deep.equal(['name', 'birthdate']);
  });

  it('ends the access by "End access"', async () => {
    await visitor.submitForm('button[value=stop]');
    expect(attempt.answer().get('error')).to.equal('access_denied');
    expect(await consent()).to.equal(null);
    await expectRefusal(names(tokens), 'invalid_token');
  });

  it('states what each answer changes', () => {
    const meanings = visitor.page.document.querySelector('.consent-meanings')?.text ?? '';
    expect(meanings)
      .to.include('Keep as it is: you continue to Bookshop')
      .and.include('End access: Bookshop sees nothing from now on');
  });

  it('is reached again from the page for another account', async () => {
    await visitor.follow('.consent-account a[href$="/sign-in"]');
    const { document } = visitor.page;
    const back = document
      .querySelectorAll('.quiet-links a')
      .find((link) => link.text.startsWith('Stay'));
    await visitor.get(back?.getAttribute('href') ?? '');
    expect(visitor.page.document.querySelector('button[value=keep]')).not.to.equal(null);
  });

  it('has been answered when the person goes back to it', async () => {
    const page = visitor.page.url;
    await visitor.submitForm('button[value=keep]');
    await attempt.finish();
    expect((await visitor.get(page)).status).to.equal(410);
  });
});
