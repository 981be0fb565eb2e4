import { expect } from 'chai';
import * as oauth from 'openid-client';

import { answerConsent, beginAt, connectApp, isAskedForConsent } from '../support/connect-app.ts';
import { callApi, signedInVisitor } from '../support/console-visitor.ts';
import { startNode, type ServerNode } from '../support/node.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/third-party-app.ts';
import type { Visitor } from '../support/visitor.ts';
import { waitFor } from '../platform/wait-for.ts';

const MOST_MS = 1_000;
const SCOPE = 'openid library offline_access';

describe('Personal details that an administrator defines', function () {
  this.timeout(60_000);
  let server: TestServer;
  let other: ServerNode;
  let ana: TestPerson;
  let anaAtHome: Visitor;
  let administrator: Visitor;

  before(async () => {
    server = await startTestServer();
    other = await startNode({ databaseUrl: server.databaseUrl, issuer: server.url });
    ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
    const chief = await createPerson(server.connected, { isAdministrator: true });
    administrator = await signedInVisitor(server.url, chief);
    await define('claims', {
      ...words('library_card', 'Library card'),
      type: 'text',
      sensitivity: 'high',
      isMultiple: true,
      rules: { pattern: '[A-Z]{2}\\d{4}' },
    });
    await define('claims', {
      ...words('books_a_year', 'Books a year'),
      type: 'number',
      rules: { min: 0, max: 1000, isWhole: true },
    });
    await define('claims', { ...words('likes_poems', 'Likes poems'), type: 'boolean' });
    await define('scopes', {
      ...words('library', 'Your library'),
      claims: ['library_card', 'books_a_year', 'likes_poems'],
    });
    await waitFor('it is announced', async () =>
      (await discovery(server.url)).includes('library_card'),
    );
  });
  // The oldest of four sessions goes when there are more.
  beforeEach(async () => {
    anaAtHome = await signedInVisitor(server.url, ana);
  });
  after(async () => {
    await other?.stop();
    await server?.stop();
  });

  async function define(what: 'claims' | 'scopes', body: object): Promise<void> {
    const answer = await callApi(administrator, 'POST', `${server.url}/api/v1/${what}`, body);
    expect(answer.status, await answer.clone().text()).to.equal(201);
  }

  /** Adds a value as the person, and gives its id. */
  async function keep(claim: string, value: unknown): Promise<string> {
    const address = `${server.url}/api/v1/account/attributes`;
    const answer = await callApi(anaAtHome, 'POST', address, { claim, value });
    expect(answer.status, await answer.clone().text()).to.equal(201);
    return ((await answer.json()) as { id: string }).id;
  }

  const register = (): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'library', 'offline_access'],
    });

  it('go from the profile through consent into UserInfo, as the types they have', async () => {
    const first = await keep('library_card', 'AB1234');
    const second = await keep('library_card', 'CD5678');
    const number = await keep('books_a_year', 24);
    const truth = await keep('likes_poems', true);
    const app = await register();
    const visitor = visitorAt(server.url);
    const attempt = await beginAt({ visitor, app, person: ana, parameters: { scope: SCOPE } });
    expect(isAskedForConsent(visitor), visitor.page.text).to.equal(true);
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

  it('are in the ID token when the app asks for them there', async () => {
    const card = await keep('library_card', 'EF9012');
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

  it('reach no app that did not ask for them, and none that was refused', async () => {
    const stranger = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'profile'],
    });
    const parameters = {
      scope: 'openid profile library',
      claims: JSON.stringify({ userinfo: { library_card: { essential: true } } }),
    };
    const visitor = visitorAt(server.url);
    const attempt = await beginAt({ visitor, app: stranger, person: ana, parameters });
    expect(visitor.page.text).not.to.include('Library card');
    await answerConsent({ visitor, app: stranger, person: ana });
    const tokens = await attempt.finish();
    const told = await oauth.fetchUserInfo(stranger.config, tokens.access_token, ana.accountId);
    expect(told).not.to.have.any.keys('library_card', 'books_a_year', 'likes_poems');

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

  it('can be asked for with a purpose on the page of an app', async () => {
    const developer = anaAtHome;
    const app = await register();
    await developer.get(`/developer/apps/${app.clientId}/permissions`);
    expect(developer.page.text).to.include('Library card');
    await developer.submitForm('form[action$="/permissions/details"]', {
      necessity_library_card: 'essential',
      purposeEn_library_card: 'To lend you books',
    });
    expect(developer.page.status, developer.page.text).to.equal(200);
    const client = await server.connected.clients.find(app.clientId);
    expect(client?.requests.map(({ claim, necessity }) => ({ claim, necessity }))).to.deep.equal([
      { claim: 'library_card', necessity: 'essential' },
    ]);
  });

  it('are refused in a form that does not fit, field by field', async () => {
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

  it('once changed are shown in the new words, and values from before stay and are released', async () => {
    await define('claims', { ...words('motto', 'Motto'), type: 'text', rules: { maxLength: 20 } });
    await define('scopes', { ...words('mottos', 'Your motto'), claims: ['motto'] });
    await waitFor('it is announced', async () => (await discovery(server.url)).includes('motto'));
    const id = await keep('motto', 'Festina lente');
    const changed = await callApi(administrator, 'PATCH', `${server.url}/api/v1/claims/motto`, {
      title: { en: 'Words to live by', ru: 'Девиз' },
      sensitivity: 'high',
      rules: { maxLength: 5 },
    });
    expect(changed.status, await changed.clone().text()).to.equal(200);
    await waitFor('the new words are shown', async () =>
      (await anaAtHome.get('/account')).text.includes('Words to live by'),
    );
    const longer = { value: 'Festina lente!' };
    const address = `${server.url}/api/v1/account/attributes/${id}`;
    expect((await callApi(anaAtHome, 'PATCH', address, longer)).status).to.equal(400);

    const app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'mottos'],
    });
    const visitor = visitorAt(server.url);
    const parameters = { scope: 'openid mottos' };
    const attempt = await beginAt({ visitor, app, person: ana, parameters });
    expect(visitor.page.text).to.include('Words to live by').and.include('Festina lente');
    expect(visitor.page.text.toLowerCase()).to.include('sensitive');
    await answerConsent({ visitor, app, person: ana, choices: { 'claim.motto': id } });
    const tokens = await attempt.finish();
    const told = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(told).to.deep.equal({ sub: ana.accountId, motto: 'Festina lente' });
  });

  it('are defined, changed and retired by administrators only', async () => {
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

  it('once retired are given by no node within a second, and the person still sees and can delete them', async () => {
    await define('claims', { ...words('shoe_size', 'Shoe size'), type: 'number' });
    await define('scopes', { ...words('shoes', 'Your shoes'), claims: ['shoe_size'] });
    await waitFor('the other node knows', async () =>
      (await discovery(other.url)).includes('shoe_size'),
    );
    const value = await keep('shoe_size', 38.5);
    const app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'shoes', 'offline_access'],
    });
    const tokens = await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope: 'openid shoes offline_access' },
      choices: { 'claim.shoe_size': value },
    });
    const seenBy = async (node: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      return (await fetch(`${node}/userinfo`, { headers })).json();
    };
    for (const node of [server.url, other.url]) {
      expect(await seenBy(node)).to.deep.include({ shoe_size: 38.5 });
    }

    const gone = await callApi(administrator, 'DELETE', `${server.url}/api/v1/claims/shoe_size`);
    expect(gone.status).to.equal(204);
    const retiredAt = performance.now();
    for (const node of [other.url, server.url]) {
      await waitFor(
        'nothing is given',
        async () => !JSON.stringify(await seenBy(node)).includes('38.5'),
      );
    }
    expect(performance.now() - retiredAt).to.be.lessThan(MOST_MS);
    await waitFor(
      'it is announced no more',
      async () => !(await discovery(other.url)).includes('shoe_size'),
    );

    const profile = await anaAtHome.get('/account');
    expect(profile.text).to.include('38.5').and.include('No longer used');
    expect((await anaAtHome.get('/account/values/add/shoe_size')).status).to.equal(404);
    const again = await callApi(anaAtHome, 'POST', `${server.url}/api/v1/account/attributes`, {
      claim: 'shoe_size',
      value: 39,
    });
    expect(again.status).to.equal(400);
    const taken = await callApi(administrator, 'POST', `${server.url}/api/v1/claims`, {
      ...words('shoe_size', 'Another'),
      type: 'text',
    });
    expect(taken.status).to.equal(409);
    await anaAtHome.get(`/account/values/${value}/remove`);
    await anaAtHome.submitForm('form.confirmation');
    expect((await anaAtHome.get('/account')).text).not.to.include('38.5');
  });
});

async function discovery(node: string): Promise<readonly string[]> {
  const answer = await fetch(`${node}/.well-known/openid-configuration`);
  return ((await answer.json()) as { claims_supported: string[] }).claims_supported;
}

function words(name: string, title: string) {
  return {
    name,
    title: { en: title, ru: `${title} (ru)` },
    description: { en: `${title}, in full.`, ru: `${title}, полностью.` },
    sensitivity: 'medium',
  };
}
