import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import { Redis } from 'ioredis';
import * as oauth from 'openid-client';

import { afterOutage, appAt, type AppCalls } from '../../support/people/app-calls.ts';
import { startInstallation, type Installation } from '../../support/servers/installation.ts';
import type { StorageMode } from '../../support/servers/installation.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email offline_access';
const WITHDRAWALS = 20;
const OTHER_ROUNDS = 5;
const MOST_MS = 1_000;
const PAUSED_MS = 20_000;

/** The tokens and the code that an app has at one moment. */
interface Holdings {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Not redeemed yet. */
  readonly code: string;
  readonly verifier: string;
}

/** Describes that the other node refuses access that ended at one node. */
export function describeTwoNodes(mode: StorageMode): void {
  describe(`Access ended at one of two nodes, ${mode}`, function () {
    this.timeout(60_000);
    let installation: Installation;
    let ana: TestPerson;
    let app: ThirdPartyApp;
    let atB: AppCalls;
    let sessionAtB: string;

    before(async () => {
      installation = await startInstallation(mode);
      ana = await createPerson(installation.connected, { values: { name: ['Ana Petrova'] } });
      app = await registerThirdPartyApp(
        { url: installation.issuer, connected: installation.connected },
        ana.accountId,
      );
      atB = appAt(installation.nodes[1].url, app);
      // Cookies are bound to the host name, not to the port.
      sessionAtB = installation.nodes[1].url.replace('127.0.0.1', 'localhost');
    });
    after(() => installation?.stop());

    /** Signs in at node A where needed and allows everything that the app requests. */
    async function hold(visitor: Visitor): Promise<Holdings> {
      const first = await authorize(visitor, { prompt: 'consent' });
      const answer = await appAt(installation.nodes[0].url, app).redeem(first.code, first.verifier);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
      const second = await authorize(visitor, {});
      return {
        accessToken: String(answer.body['access_token']),
        refreshToken: String(answer.body['refresh_token']),
        ...second,
      };
    }

    async function authorize(visitor: Visitor, parameters: Record<string, string>) {
      const verifier = oauth.randomPKCECodeVerifier();
      await app.begin(visitor, {
        scope: SCOPE,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        ...parameters,
      });
      if (visitor.page.document.querySelector('input[name=password]')) await signIn(visitor, ana);
      if (visitor.page.document.querySelector('button[value=allow]')) {
        await visitor.submitForm('button[value=allow]');
      }
      const code = visitor.page.url.searchParams.get('code');
      expect(code, visitor.page.text).to.be.a('string');
      return { code: code ?? '', verifier };
    }

    /** Calls node B, so that its caches are filled. */
    async function warmUp({ accessToken }: Holdings): Promise<void> {
      for (const call of [atB.userinfo, atB.introspect, atB.profile]) {
        const answer = await call(accessToken);
        expect(answer.isRefused, `${call.name} ${JSON.stringify(answer.body)}`).to.equal(false);
      }
    }

    /** Milliseconds until node B refuses, for each kind of call; all calls are repeated concurrently. */
    async function measureRefusals(held: Holdings): Promise<Record<string, number>> {
      const startedAt = performance.now();
      const until = async (isRefused: () => Promise<boolean>): Promise<number> => {
        while (!(await isRefused())) {
          if (performance.now() - startedAt > 3 * MOST_MS) return Number.POSITIVE_INFINITY;
          await pause(5);
        }
        return performance.now() - startedAt;
      };
      const withToken = (call: (token: string) => Promise<{ isRefused: boolean }>) =>
        until(async () => (await call(held.accessToken)).isRefused);
      const [userinfo, introspection, profile, refresh, code] = await Promise.all([
        withToken(atB.userinfo),
        withToken(atB.introspect),
        withToken(atB.profile),
        until(refreshing(held.refreshToken)),
        until(redeeming(held)),
      ]);
      return { userinfo, introspection, profile, refresh, code };
    }

    function refreshing(first: string): () => Promise<boolean> {
      let token = first;
      return async () => {
        const answer = await atB.refresh(token);
        if (!answer.isRefused) token = String(answer.body['refresh_token']);
        return answer.isRefused;
      };
    }

    /** If the code is still redeemed, the resulting token must be refused. */
    function redeeming({ code, verifier }: Holdings): () => Promise<boolean> {
      let accessToken: string | null = null;
      return async () => {
        if (accessToken !== null) return (await atB.userinfo(accessToken)).isRefused;
        const answer = await atB.redeem(code, verifier);
        if (!answer.isRefused) accessToken = String(answer.body['access_token']);
        return answer.isRefused;
      };
    }

    function expectFast(times: Record<string, number>): void {
      for (const [what, milliseconds] of Object.entries(times)) {
        expect(milliseconds, what).to.be.below(MOST_MS);
      }
    }

    async function withdrawAtA(visitor: Visitor): Promise<void> {
      await visitor.get(`${installation.issuer}/account/apps/${app.clientId}/end`);
      await visitor.submitForm('form[action$="/end"]');
    }

    const isSignedInAtB = async (visitor: Visitor): Promise<boolean> => {
      const answer = await visitor.request(`${sessionAtB}/api/v1/account`);
      expect(answer.status).to.be.oneOf([200, 401]);
      return answer.status === 200;
    };

    it(`by withdrawing consent is refused by the other within a second, in ${String(WITHDRAWALS)} of ${String(WITHDRAWALS)} rounds`, async () => {
      const visitor = visitorAt(installation.issuer);
      for (let round = 0; round < WITHDRAWALS; round += 1) {
        const held = await hold(visitor);
        await warmUp(held);
        await withdrawAtA(visitor);
        expectFast(await measureRefusals(held));
      }
    });

    it('by signing out everywhere is refused by the other within a second, the session too', async () => {
      for (let round = 0; round < OTHER_ROUNDS; round += 1) {
        const visitor = visitorAt(installation.issuer);
        const held = await hold(visitor);
        await warmUp(held);
        expect(await isSignedInAtB(visitor)).to.equal(true);
        const cookies = visitor.cookies.header(new URL(installation.issuer));
        await visitor.get(`${installation.issuer}/account/sessions/end-all?which=all`);
        await visitor.submitForm('form[action$="/end-all"]');
        expectFast(await measureRefusals(held));
        const stolen = await fetch(`${sessionAtB}/api/v1/account`, {
          headers: { cookie: cookies },
        });
        expect(stolen.status, 'the old cookie').to.equal(401);
      }
    });

    it('by blocking the account is refused by the other within a second, and stays so after unblocking', async () => {
      const { connected } = installation;
      for (let round = 0; round < OTHER_ROUNDS; round += 1) {
        const visitor = visitorAt(installation.issuer);
        const held = await hold(visitor);
        await warmUp(held);
        await connected.db.transaction((tx) =>
          connected.accounts.setStatus(tx, {
            accountId: ana.accountId,
            status: 'blocked',
            reason: 'a test',
          }),
        );
        expectFast(await measureRefusals(held));
        expect(await isSignedInAtB(visitor)).to.equal(false);
        await connected.db.transaction((tx) =>
          connected.accounts.setStatus(tx, { accountId: ana.accountId, status: 'active' }),
        );
        expectFast(await measureRefusals(held));
        expect(await isSignedInAtB(visitor)).to.equal(false);
        // A node may see the account as blocked until then; the next round starts with a sign-in.
        await pause(MOST_MS);
      }
    });

    it('by suspending the app is refused by the other within a second', async () => {
      const { clients } = installation.connected;
      const input = {
        clientId: app.clientId,
        manager: { accountId: ana.accountId, isAdministrator: false },
      };
      const visitor = visitorAt(installation.issuer);
      for (let round = 0; round < OTHER_ROUNDS; round += 1) {
        const held = await hold(visitor);
        await warmUp(held);
        await clients.setStatus({ ...input, status: 'suspended' });
        const times = await measureRefusals(held);
        await clients.setStatus({ ...input, status: 'active' });
        expectFast(times);
        expect((await atB.userinfo(held.accessToken)).isRefused, 'after resuming').to.equal(true);
        expect((await atB.refresh(held.refreshToken)).isRefused, 'after resuming').to.equal(true);
        // A node may see the app as suspended until then; the next round starts with a sign-in.
        await pause(MOST_MS);
      }
    });

    it('is refused by a node that was suspended meanwhile, in its first response', async () => {
      const visitor = visitorAt(installation.issuer);
      const held = await hold(visitor);
      await warmUp(held);
      process.kill(installation.nodes[1].pid, 'SIGSTOP');
      try {
        await withdrawAtA(visitor);
        await pause(PAUSED_MS);
        // These requests wait in its queue and are handled first.
        const answers = Promise.all(
          [
            () => atB.userinfo(held.accessToken),
            () => atB.introspect(held.accessToken),
            () => atB.profile(held.accessToken),
            () => atB.refresh(held.refreshToken),
            () => atB.redeem(held.code, held.verifier),
          ].map(afterOutage),
        );
        process.kill(installation.nodes[1].pid, 'SIGCONT');
        for (const { isRefused, body } of await answers) {
          expect(isRefused, JSON.stringify(body)).to.equal(true);
        }
      } finally {
        process.kill(installation.nodes[1].pid, 'SIGCONT');
      }
    });

    if (mode === 'Postgres and Redis') {
      it('stays ended, and other access stays valid, when Redis loses all data', async () => {
        const redis = new Redis(installation.redisUrl ?? '');
        try {
          const ended = await hold(visitorAt(installation.issuer));
          const visitor = visitorAt(installation.issuer);
          await withdrawEverything(visitor);
          const living = await hold(visitor);
          await redis.flushall();

          expect((await atB.refresh(ended.refreshToken)).isRefused, 'the ended token').to.equal(
            true,
          );
          expect((await atB.redeem(ended.code, ended.verifier)).isRefused).to.equal(true);
          expect((await atB.userinfo(ended.accessToken)).isRefused).to.equal(true);

          expect(await isSignedInAtB(visitor), 'the session').to.equal(true);
          const renewed = await atB.refresh(living.refreshToken);
          expect(renewed.isRefused, 'the living refresh token').to.equal(false);
          const userinfo = await atB.userinfo(String(renewed.body['access_token']));
          expect(userinfo.body).to.have.property('sub', ana.accountId);
          const silent = await app.begin(visitor, { scope: SCOPE, prompt: 'none' });
          expect(silent.answer().get('error'), 'the decision').to.equal(null);
        } finally {
          redis.disconnect();
        }
      });
    }

    it('stays ended when the node that ended it is killed and restarted', async () => {
      const visitor = visitorAt(installation.issuer);
      const held = await hold(visitor);
      await withdrawAtA(visitor);
      await installation.nodes[0].kill();
      expectFast(await measureRefusals(held));
      const again = await installation.startFirstAgain();
      try {
        const atA = appAt(again.url, app);
        expect((await atA.userinfo(held.accessToken)).isRefused).to.equal(true);
        expect((await atA.introspect(held.accessToken)).isRefused).to.equal(true);
        expect((await atA.refresh(held.refreshToken)).isRefused).to.equal(true);
        expect((await atA.redeem(held.code, held.verifier)).isRefused).to.equal(true);
      } finally {
        await again.stop();
      }
    });

    async function withdrawEverything(visitor: Visitor): Promise<void> {
      await authorize(visitor, {});
      await withdrawAtA(visitor);
    }
  });
}
