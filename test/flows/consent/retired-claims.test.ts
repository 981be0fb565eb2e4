import { expect } from 'chai';
import * as oauth from 'openid-client';

import { waitFor } from '../../support/wait-for.ts';
import { answerConsent, beginAt, connectApp } from '../../support/people/connect-app.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { startNode, type ServerNode } from '../../support/servers/node.ts';
import { visitorAt, type TestPerson } from '../../support/people/people.ts';
import type { TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { announcedClaims, openClaimScene, words, type ClaimScene } from './claim-scene.ts';

const MOST_MS = 1_000;

describe('Claims that an administrator changes or retires', function () {
  this.timeout(60_000);
  let scene: ClaimScene;
  let server: TestServer;
  let other: ServerNode;
  let ana: TestPerson;
  let anaAtHome: Visitor;
  let administrator: Visitor;

  before(async () => {
    scene = await openClaimScene();
    ({ server, ana, administrator } = scene);
    other = await startNode({ databaseUrl: server.databaseUrl, issuer: server.url });
    anaAtHome = await signedInVisitor(server.url, ana);
  });
  after(async () => {
    await other?.stop();
    await scene?.server.stop();
  });

  it('are shown with the changed texts, and earlier values are still released', async () => {
    await scene.define('claims', {
      ...words('motto', 'Motto'),
      type: 'text',
      rules: { maxLength: 20 },
    });
    await scene.define('scopes', { ...words('mottos', 'Your motto'), claims: ['motto'] });
    await waitFor('it is announced', async () =>
      (await announcedClaims(server.url)).includes('motto'),
    );
    const id = await scene.keep(anaAtHome, 'motto', 'Festina lente');
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
    const released = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(released).to.deep.equal({ sub: ana.accountId, motto: 'Festina lente' });
  });

  it('are released by no node within a second of their retirement, and the person can delete the values', async () => {
    await scene.define('claims', { ...words('shoe_size', 'Shoe size'), type: 'number' });
    await scene.define('scopes', { ...words('shoes', 'Your shoes'), claims: ['shoe_size'] });
    await waitFor('the claim at the other node', async () =>
      (await announcedClaims(other.url)).includes('shoe_size'),
    );
    const value = await scene.keep(anaAtHome, 'shoe_size', 38.5);
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
        'the value to be omitted',
        async () => !JSON.stringify(await seenBy(node)).includes('38.5'),
      );
    }
    expect(performance.now() - retiredAt).to.be.lessThan(MOST_MS);
    await waitFor(
      'the claim to be missing in discovery',
      async () => !(await announcedClaims(other.url)).includes('shoe_size'),
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
