import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import { appAt, type Answer } from '../../support/people/app-calls.ts';
import {
  startInstallation,
  STORAGE_MODES,
  type Installation,
} from '../../support/servers/installation.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const MOST_MS = 1_000;
const ROUNDS = 3;
const SCOPE = 'openid profile email offline_access';

for (const mode of STORAGE_MODES) {
  describe(`An account deleted at one node, ${mode}`, function () {
    this.timeout(60_000);
    let installation: Installation;
    let app: ThirdPartyApp;

    before(async () => {
      installation = await startInstallation(mode);
      const owner = await createPerson(installation.connected);
      const server = { url: installation.issuer, connected: installation.connected };
      app = await registerThirdPartyApp(server, owner.accountId);
    });
    after(() => installation?.stop());

    async function authorize(visitor: Visitor, person: TestPerson, prompt?: string) {
      const verifier = oauth.randomPKCECodeVerifier();
      await app.begin(visitor, {
        scope: SCOPE,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        ...(prompt !== undefined && { prompt }),
      });
      if (visitor.page.document.querySelector('input[name=password]')) {
        await signIn(visitor, person);
      }
      if (visitor.page.document.querySelector('button[value=allow]')) {
        await visitor.submitForm('button[value=allow]');
      }
      return { code: visitor.page.url.searchParams.get('code') ?? '', verifier };
    }

    /** Milliseconds until node B refuses. */
    async function untilRefused(startedAt: number, send: () => Promise<Answer>): Promise<number> {
      while (!(await send()).isRefused) {
        if (performance.now() - startedAt > 3 * MOST_MS) return Number.POSITIVE_INFINITY;
        await pause(5);
      }
      return performance.now() - startedAt;
    }

    it('loses its tokens, codes and sessions at the other node within a second, also after it is restored', async () => {
      const { nodes, issuer, connected } = installation;
      const atB = appAt(nodes[1].url, app);
      const sessionAtB = `${nodes[1].url.replace('127.0.0.1', 'localhost')}/api/v1/account`;
      for (let round = 0; round < ROUNDS; round += 1) {
        const person = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
        const visitor = visitorAt(issuer);
        const first = await authorize(visitor, person, 'consent');
        const tokens = (await appAt(nodes[0].url, app).redeem(first.code, first.verifier)).body;
        const pending = await authorize(visitor, person);
        const accessToken = String(tokens['access_token']);
        for (const call of [atB.userinfo, atB.introspect, atB.profile]) {
          expect((await call(accessToken)).isRefused, 'warm caches').to.equal(false);
        }
        expect((await visitor.request(sessionAtB)).status).to.equal(200);

        await visitor.get(`${issuer}/account/delete`);
        await visitor.submitForm('form[action="/account/delete"]', { confirmation: 'delete' });
        const startedAt = performance.now();
        const times = await Promise.all([
          untilRefused(startedAt, () => atB.userinfo(accessToken)),
          untilRefused(startedAt, () => atB.introspect(accessToken)),
          untilRefused(startedAt, () => atB.profile(accessToken)),
          untilRefused(startedAt, () => atB.refresh(String(tokens['refresh_token']))),
          untilRefused(startedAt, () => atB.redeem(pending.code, pending.verifier)),
        ]);
        for (const time of times) expect(time).to.be.below(MOST_MS);
        expect((await visitor.request(sessionAtB)).status).to.equal(401);

        const back = visitorAt(issuer);
        await app.begin(back, { scope: SCOPE });
        await signIn(back, person);
        await back.submitForm('form[action$="/restore"]');
        expect(back.page.url.searchParams.get('code'), back.page.text).to.be.a('string');
        for (const call of [atB.userinfo, atB.introspect, atB.profile]) {
          expect((await call(accessToken)).isRefused, 'after restoring').to.equal(true);
        }
        const refreshed = await atB.refresh(String(tokens['refresh_token']));
        expect(refreshed.isRefused, 'after restoring').to.equal(true);
        expect((await visitor.request(sessionAtB)).status).to.equal(401);
      }
    });

    it('and purged cannot be used, signed in to or restored at the other node', async () => {
      const { nodes, issuer, connected } = installation;
      const person = await createPerson(connected);
      const visitor = visitorAt(issuer);
      const { code, verifier } = await authorize(visitor, person, 'consent');
      const atB = appAt(nodes[1].url, app);
      const accessToken = String((await atB.redeem(code, verifier)).body['access_token']);
      await visitor.get(`${issuer}/account/delete`);
      await visitor.submitForm('form[action="/account/delete"]', { confirmation: 'delete' });
      await connected.db.query({
        name: 'test-time-is-over',
        text: `update accounts set purge_at = now() - interval '1 second' where id = $1`,
        values: [person.accountId],
      });
      expect(await connected.deletions.purgeDue()).to.equal(1);
      expect((await atB.userinfo(accessToken)).isRefused).to.equal(true);
      const back = visitorAt(issuer);
      await app.begin(back, { scope: SCOPE });
      await signIn(back, person);
      expect(back.page.status).to.equal(422);
      expect(back.page.text).not.to.include('being deleted');
    });
  });
}
