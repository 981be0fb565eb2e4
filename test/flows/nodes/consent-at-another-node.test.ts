import { expect } from 'chai';

import { openCuttableProxy, type CuttableProxy } from '../../platform/cuttable-proxy.ts';
import { appAt, type AppCalls } from '../../support/people/app-calls.ts';
import { answerConsent, beginAt } from '../../support/people/connect-app.ts';
import { createPerson, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const REQUESTS = (['name', 'email'] as const).map((claim) => ({
  claim,
  necessity: 'voluntary' as const,
  purpose: { en: `Because of ${claim}` },
  longestDuration: 'until_withdrawn' as const,
}));

// An app can send its request before the change notification arrives.
describe('A consent changed at one node', function () {
  this.timeout(60_000);
  let here: TestServer;
  let feedCable: CuttableProxy;
  let there: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let urlThere: string;
  let appThere: AppCalls;
  let visitor: Visitor;

  before(async () => {
    here = await startTestServer();
    feedCable = await openCuttableProxy(here.databaseUrl);
    there = await startTestServer({
      databaseUrl: here.databaseUrl,
      config: { issuer: here.url, databaseDirectUrl: feedCable.url },
    });
    ana = await createPerson(here.connected, { values: { name: ['Ana Petrova'] } });
    app = await registerThirdPartyApp(here, ana.accountId, { requests: REQUESTS });
    const port = String((there.server.address() as { port: number }).port);
    urlThere = `http://localhost:${port}`;
    appThere = appAt(urlThere, app);
    visitor = visitorAt(here.url);
  });
  after(async () => {
    feedCable?.restore();
    await there?.stop();
    await feedCable?.close();
    await here?.stop();
  });

  const share = async (scope: string, claims: readonly string[]) => {
    const all = ['name', 'email'];
    const choices = Object.fromEntries(
      all.map((claim) => [
        `claim.${claim}`,
        claims.includes(claim) ? (ana.attributeIds[claim]?.[0] ?? '') : 'refuse',
      ]),
    );
    const parameters = { scope, prompt: 'consent' };
    const attempt = await beginAt({ visitor, app, person: ana, parameters });
    await answerConsent({ visitor, app, person: ana, choices });
    return attempt;
  };
  const claimsThere = async (accessToken: string): Promise<string[]> =>
    Object.keys((await appThere.userinfo(accessToken)).body);

  it('is applied by another node even before the change notification arrives', async () => {
    const scope = 'openid profile email';
    const first = await (await share(scope, ['name'])).finish();
    expect(await claimsThere(first.access_token))
      .to.include('name')
      .and.not.include('email');
    for (const shared of [['name', 'email'], ['email'], ['name', 'email'], ['name']]) {
      // Fills the cache of the other node with the earlier decision.
      await claimsThere(first.access_token);
      feedCable.freeze();
      const attempt = await share(scope, shared);
      const tokens = await attempt.finish();
      const seen = await claimsThere(tokens.access_token);
      feedCable.restore();
      expect(seen.filter((claim) => ['name', 'email'].includes(claim))).to.have.members(shared);
    }
  });

  it('is shown by another node even before the change notification arrives', async () => {
    const page = async (): Promise<string> => {
      const shown = await visitor.get(`${urlThere}/account/apps/${app.clientId}`);
      expect(shown.status).to.equal(200);
      return shown.text;
    };
    const tokens = await (await share('openid profile email', ['name'])).finish();
    // Fills the cache of the other node with the consent.
    await claimsThere(tokens.access_token);
    expect(await page()).to.include('Ana Petrova');
    feedCable.freeze();
    await here.connected.vault.removeAttribute({
      accountId: ana.accountId,
      attributeId: ana.attributeIds['name']?.[0] ?? '',
    });
    expect(await page()).to.include('You deleted the value you had shared');
    feedCable.restore();
  });
});
