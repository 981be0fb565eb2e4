import { expect } from 'chai';
import * as oauth from 'openid-client';

import {
  answerConsent,
  beginAt,
  connectApp,
  isOnConsentPage,
} from '../../support/people/connect-app.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { waitFor } from '../../support/wait-for.ts';
import { announcedClaims, openClaimScene, words, type ClaimScene } from './claim-scene.ts';

const SCOPE = 'openid library offline_access';

describe('Claims that an administrator defines', function () {
  this.timeout(60_000);
  let scene: ClaimScene;
  let server: TestServer;
  let ana: TestPerson;
  let anaAtHome: Visitor;

  before(async () => {
    scene = await openClaimScene();
    ({ server, ana } = scene);
    await scene.define('claims', {
      ...words('library_card', 'Library card'),
      type: 'text',
      sensitivity: 'high',
      isMultiple: true,
      rules: { pattern: '[A-Z]{2}\\d{4}' },
    });
    await scene.define('claims', {
      ...words('books_a_year', 'Books a year'),
      type: 'number',
      rules: { min: 0, max: 1000, isWhole: true },
    });
    await scene.define('claims', { ...words('likes_poems', 'Likes poems'), type: 'boolean' });
    await scene.define('scopes', {
      ...words('library', 'Your library'),
      claims: ['library_card', 'books_a_year', 'likes_poems'],
    });
    await waitFor('it is announced', async () =>
      (await announcedClaims(server.url)).includes('library_card'),
    );
  });
  // A person has at most four sessions; a new one ends the oldest.
  beforeEach(async () => {
    anaAtHome = await signedInVisitor(server.url, ana);
  });
  after(async () => {
    await scene?.server.stop();
  });

  const register = (): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'library', 'offline_access'],
    });

  it('are released from the profile to UserInfo with their types, after consent', async () => {
    const first = await scene.keep(anaAtHome, 'library_card', 'AB1234');
    const second = await scene.keep(anaAtHome, 'library_card', 'CD5678');
    const number = await scene.keep(anaAtHome, 'books_a_year', 24);
    const truth = await scene.keep(anaAtHome, 'likes_poems', true);
    const app = await register();
    const visitor = visitorAt(server.url);
    const attempt = await beginAt({ visitor, app, person: ana, parameters: { scope: SCOPE } });
    expect(isOnConsentPage(visitor), visitor.page.text).to.equal(true);
    expect(visitor.page.text)
      .to.include('Library card')
      .and.include('AB1234')
      .and.include('CD5678');
    expect(visitor.page.text).to.include('Books a year').and.include('Likes poems');
    const choices = {
      'claim.library_card': second,
      'claim.books_a_year': number,
      'claim.likes_poems': truth,
    };
    await answerConsent({ visitor, app, person: ana, choices });
    const tokens = await attempt.finish();
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(userinfo).to.deep.equal({
      sub: ana.accountId,
      library_card: 'CD5678',
      books_a_year: 24,
      likes_poems: true,
    });
    const profile = await fetch(`${server.url}/api/v1/account/profile`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await profile.json()).to.deep.include({
      claims: { library_card: 'CD5678', books_a_year: 24, likes_poems: true },
    });
    const history = await anaAtHome.get('/account/history?claim=library_card');
    expect(history.text).to.include('Library card').and.not.include('library_card');
    expect(first).not.to.equal(second);
  });

  it('are in the ID token when the app requests them there', async () => {
    const card = await scene.keep(anaAtHome, 'library_card', 'EF9012');
    const app = await register();
    const tokens = await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope: SCOPE, claims: JSON.stringify({ id_token: { library_card: null } }) },
      choices: { 'claim.library_card': card },
    });
    expect(tokens.claims()).to.include({ library_card: 'EF9012' });
    expect(tokens.claims()).not.to.have.any.keys('books_a_year', 'likes_poems');
  });

  it('are not released to an app that did not register them or was refused', async () => {
    const unregistered = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'profile'],
    });
    const parameters = {
      scope: 'openid profile library',
      claims: JSON.stringify({ userinfo: { library_card: { essential: true } } }),
    };
    const visitor = visitorAt(server.url);
    const attempt = await beginAt({ visitor, app: unregistered, person: ana, parameters });
    expect(visitor.page.text).not.to.include('Library card');
    await answerConsent({ visitor, app: unregistered, person: ana });
    const tokens = await attempt.finish();
    const released = await oauth.fetchUserInfo(
      unregistered.config,
      tokens.access_token,
      ana.accountId,
    );
    expect(released).not.to.have.any.keys('library_card', 'books_a_year', 'likes_poems');

    const app = await register();
    const refused = await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope: SCOPE },
    });
    const nothing = await oauth.fetchUserInfo(app.config, refused.access_token, ana.accountId);
    expect(nothing).to.deep.equal({ sub: ana.accountId });
  });

  it('can be requested with a purpose on the permissions page of an app', async () => {
    const developer = anaAtHome;
    const app = await register();
    await developer.get(`/developer/apps/${app.clientId}/permissions`);
    expect(developer.page.text).to.include('Library card');
    await developer.submitForm('#access', {
      necessity_library_card: 'essential',
      'purpose_library_card.en': 'To lend you books',
    });
    expect(developer.page.status, developer.page.text).to.equal(200);
    const client = await server.connected.clients.find(app.clientId);
    const requested = (client?.requests ?? []).map(
      ({ claim, necessity }) => `${claim} ${necessity}`,
    );
    // A purpose for one claim leaves the other requests unchanged.
    expect(requested).to.have.members([
      'library_card essential',
      'books_a_year voluntary',
      'likes_poems voluntary',
    ]);
  });

  it('are refused when the value does not match the type or rules', async () => {
    const bad: readonly [string, unknown, string][] = [
      ['library_card', 'ab12', 'value_form_wrong'],
      ['library_card', 7, 'value_invalid'],
      ['library_card', { formatted: 'AB1234' }, 'value_invalid'],
      ['books_a_year', -1, 'value_too_small'],
      ['books_a_year', 1001, 'value_too_big'],
      ['books_a_year', 1.5, 'number_not_whole'],
      ['books_a_year', 'many', 'number_invalid'],
      ['books_a_year', true, 'number_invalid'],
      ['likes_poems', 'maybe', 'value_not_offered'],
      ['likes_poems', 1, 'value_not_offered'],
    ];
    const person = await signedInVisitor(server.url, await createPerson(server.connected));
    const address = `${server.url}/api/v1/account/attributes`;
    for (const [claim, value, code] of bad) {
      const answer = await callApi(person, 'POST', address, { claim, value });
      const body: unknown = await answer.json();
      expect(answer.status, `${claim} ${JSON.stringify(value)}`).to.equal(400);
      expect(JSON.stringify(body), claim).to.include(code);
    }
  });

  it('can be defined, changed and retired by administrators only', async () => {
    const body = { ...words('mine', 'Mine'), type: 'text' };
    const calls = [
      ['POST', 'claims', body],
      ['PATCH', 'claims/library_card', { sensitivity: 'low' }],
      ['DELETE', 'claims/library_card', undefined],
    ] as const;
    for (const [method, path, sent] of calls) {
      const address = `${server.url}/api/v1/${path}`;
      expect((await callApi(anaAtHome, method, address, sent)).status, method).to.equal(403);
      expect((await callApi(visitorAt(server.url), method, address, sent)).status).to.equal(401);
    }
  });
});
