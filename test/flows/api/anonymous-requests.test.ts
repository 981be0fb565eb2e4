import { expect } from 'chai';

import { answerConsent } from '../../support/people/connect-app.ts';
import { createPerson, signIn, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { startRedis } from '../../support/servers/redis.ts';
import type { RedisServer } from '../../support/servers/redis-server.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { LARGE_REQUEST, watchAuthorization } from '../protocol/paused-sign-in.ts';

const PROXY = { trustedProxies: ['127.0.0.1'] };

for (const mode of ['Postgres alone', 'Redis'] as const) {
  describe(`An anonymous request, ${mode}`, function () {
    this.timeout(60_000);
    let redis: RedisServer | null = null;
    let server: TestServer;
    let ana: TestPerson;
    let app: ThirdPartyApp;

    before(async () => {
      redis = mode === 'Redis' ? await startRedis() : null;
      server = await startTestServer({
        config: {
          ...PROXY,
          redisUrl: redis?.url ?? null,
          rateLimits: { isOn: true, multiplier: 1 },
        },
      });
      ana = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, ana.accountId);
    });
    after(async () => {
      await server.stop();
      await redis?.stop();
    });

    const from = (address: string): Visitor =>
      visitorAt(server.url, { headers: { 'x-forwarded-for': address } });

    /** Counts of rows in every table and of Redis keys, without the log of failed requests (200 rows per app). */
    const stored = async (): Promise<Record<string, number>> => {
      const { db, redis: client } = server.connected;
      const tables = await db.query<{ name: string }>({
        name: 'test-tables',
        text: `select quote_ident(tablename) as name from pg_tables
               where schemaname = 'public' and tablename not like 'revocation%' and tablename <> 'failed_requests'`,
      });
      const counts: [string, number][] = [];
      for (const { name } of tables) {
        const [row] = await db.query<{ count: string }>({
          name: `test-count-${name}`,
          text: `select count(*) from ${name}`,
        });
        counts.push([name, Number(row?.count)]);
      }
      expect(counts.length).to.be.greaterThan(40);
      return { ...Object.fromEntries(counts), redis: (await client?.dbsize()) ?? 0 };
    };

    it('stores no row and no key for 150 sign-in pages from 150 addresses', async () => {
      await from('198.51.100.1').get('/');
      const before = await stored();
      for (let count = 0; count < 150; count += 1) {
        const visitor = from(`203.0.${String(count >> 7)}.${String(count & 127)}`);
        await app.begin(visitor);
        expect(visitor.page.status).to.equal(200);
        expect(visitor.page.document.querySelector('input[name=password]')).not.to.equal(null);
      }
      expect(await stored()).to.deep.equal(before);
    });

    it('stores nothing for a sign-out without a session or with an ended session', async () => {
      const visitor = from('198.51.100.2');
      await app.begin(visitor);
      await signIn(visitor, ana);
      await answerConsent({ visitor, app, person: ana });
      const cookies = visitor.cookies.header(new URL(server.url));
      const { db, sessions } = server.connected;
      await db.transaction((tx) => sessions.endAll(tx, { accountId: ana.accountId }));
      const before = await stored();
      for (let count = 0; count < 10; count += 1) {
        await from('198.51.100.3').get('/session/end');
        const late = await fetch(new URL(`/session/end`, server.url), {
          headers: { cookie: cookies },
        });
        expect(late.status).to.equal(200);
        await app.begin(visitor);
        expect(visitor.page.document.querySelector('input[name=password]')).not.to.equal(null);
      }
      expect(await stored()).to.deep.equal(before);
    });

    for (const [name, longest] of Object.entries({
      state: 2_048,
      nonce: 512,
      login_hint: 254,
      claims: 4_096,
    })) {
      it(`is refused with invalid_request when ${name} has more than ${String(longest)} characters`, async () => {
        const fill = (length: number) =>
          name === 'claims'
            ? JSON.stringify({ userinfo: { email: { value: 'x'.repeat(length - 35) } } }).padEnd(
                length,
              )
            : 'x'.repeat(length);
        // The first refusal of an app creates its counter in the log of failed requests.
        await app.begin(from('198.51.100.4'), { [name]: fill(longest + 1) });
        const before = await stored();
        const visitor = from('198.51.100.4');
        const attempt = await app.begin(visitor, { [name]: fill(longest + 1) });
        expect(Object.fromEntries(attempt.answer())).to.include({
          error: 'invalid_request',
          error_description: `${name} must not be longer than ${String(longest)} characters`,
        });
        expect(await stored()).to.deep.equal(before);
        await app.begin(from('198.51.100.4'), { [name]: fill(longest) });
      });
    }

    it('that is too large for a cookie is stored for at most 15 minutes, and works', async () => {
      const visitor = from('198.51.100.5');
      const attempt = await app.begin(visitor, LARGE_REQUEST);
      if (redis !== null) {
        const keys = (await server.connected.redis?.keys('*Interaction:*')) ?? [];
        expect(keys).to.have.length.greaterThan(0);
        for (const key of keys) expect(await server.connected.redis?.ttl(key)).to.be.within(1, 900);
      }
      await signIn(visitor, ana);
      await answerConsent({ visitor, app, person: ana });
      expect(attempt.answer().get('state')).to.equal(LARGE_REQUEST.state);
      expect(attempt.answer().get('code')).to.be.a('string');
    });

    it('that is too large for a cookie is refused beyond 120 per network, without effect on other networks', async () => {
      const begin = async (address: string) => {
        const visitor = from(address);
        await app.begin(visitor, LARGE_REQUEST);
        return visitor.page;
      };
      let refused = 0;
      for (let count = 0; count < 125; count += 1) {
        const { status, headers } = await begin(`192.0.2.${String(count)}`);
        if (status === 200) continue;
        expect(status).to.equal(503);
        expect(Number(headers.get('retry-after'))).to.be.within(1, 900);
        refused += 1;
      }
      expect(refused).to.equal(5);
      expect((await begin('198.51.101.1')).status).to.equal(200);
      const small = from('192.0.2.1');
      await app.begin(small);
      expect(small.page.status).to.equal(200);
    });

    it('counts as one of four sign-ins of a browser: a fifth replaces the oldest', async () => {
      const visitor = from('198.51.100.6');
      const pages: URL[] = [];
      for (let count = 0; count < 5; count += 1) {
        await app.begin(visitor);
        pages.push(visitor.page.url);
      }
      const isHeld = pages.map((url) =>
        visitor.cookies.list(url).has('consentry-interaction-request'),
      );
      expect(isHeld).to.deep.equal([false, true, true, true, true]);
      for (const { href } of pages.slice(1)) {
        expect((await visitor.get(href)).status).to.equal(200);
        expect(visitor.page.url.href).to.equal(href);
      }
      // The page of the oldest begins the same request again, as another interaction.
      expect((await visitor.get(pages[0] ?? '')).status).to.equal(200);
      expect(pages.map(({ href }) => href)).to.not.include(visitor.page.url.href);
      await signIn(visitor, ana);
      await answerConsent({ visitor, app, person: ana });
      expect(visitor.page.url.searchParams.get('code')).to.be.a('string');
    });

    it('gets cookies within 4096 characters and response headers within 8 kB', async () => {
      const visitor = from('198.51.100.7');
      const sizes: number[] = [];
      const response = await watchAuthorization(app, visitor, { state: 's'.repeat(1_200) });
      for (const cookie of response.headers.getSetCookie()) sizes.push(cookie.length);
      expect(sizes.length).to.be.greaterThan(3);
      expect(Math.max(...sizes)).to.be.within(1_500, 4_096);
      const total = [...response.headers].reduce(
        (sum, [key, value]) => sum + key.length + value.length + 4,
        0,
      );
      expect(total).to.be.below(8_192);
    });

    it('and the sign-in that follows get response headers within 9 kB', async () => {
      const sizes: number[] = [];
      const visitor = visitorAt(server.url, {
        headers: { 'x-forwarded-for': '198.51.100.8' },
        fetch: async (address, init) => {
          const response = await fetch(address, init);
          sizes.push([...response.headers].flat().join('    ').length);
          return response;
        },
      });
      await app.begin(visitor, { state: 's'.repeat(1_200), prompt: 'consent' });
      await signIn(visitor, ana);
      await answerConsent({ visitor, app, person: ana });
      expect(visitor.page.url.searchParams.get('code')).to.be.a('string');
      expect(sizes.length).to.be.at.least(7);
      expect(Math.max(...sizes)).to.be.within(5_000, 9_000);
    });

    it('and the consent page that follows outlast the loss of Redis, and are four in one browser', async () => {
      const visitor = from('198.51.100.9');
      await app.begin(visitor, { prompt: 'consent' });
      await server.connected.redis?.flushall();
      await signIn(visitor, ana);
      const pages: URL[] = [visitor.page.url];
      for (let count = 0; count < 4; count += 1) {
        await app.begin(visitor, { prompt: 'consent' });
        pages.push(visitor.page.url);
      }
      expect(visitor.page.status).to.equal(200);
      const isHeld = pages.map((url) =>
        visitor.cookies.list(url).has('consentry-interaction-request'),
      );
      expect(isHeld).to.deep.equal([false, true, true, true, true]);
      await server.connected.redis?.flushall();
      await answerConsent({ visitor, app, person: ana });
      expect(visitor.page.url.searchParams.get('code')).to.be.a('string');
      // The oldest begins the same request again.
      await visitor.get(pages[0] ?? '');
      expect(visitor.page.document.querySelector('form[action$="/consent"]')).to.not.equal(null);
      expect(pages.map(({ href }) => href)).to.not.include(visitor.page.url.href);
    });

    it('cannot be continued once the transient keys of its time are destroyed', async () => {
      const visitor = from('198.51.100.12');
      await app.begin(visitor);
      const { href } = visitor.page.url;
      expect((await visitor.get(href)).status).to.equal(200);
      await server.connected.transientKeys.destroyAll();
      expect((await visitor.get(href)).status).to.equal(410);
    });

    it('pushed for a public client is stored within the same quota', async () => {
      const { client } = await server.connected.clients.create({
        ownerAccountId: ana.accountId,
        applicationType: 'native',
        name: 'Phone',
        redirectUris: ['http://127.0.0.1/callback'],
        scopes: ['openid'],
      } as never);
      const push = (address: string) =>
        fetch(new URL('/par', server.url), {
          method: 'POST',
          headers: { 'x-forwarded-for': address },
          body: new URLSearchParams({
            client_id: client.id,
            response_type: 'code',
            redirect_uri: 'http://127.0.0.1:4711/callback',
            scope: 'openid',
            code_challenge: 'x'.repeat(43),
            code_challenge_method: 'S256',
          }),
        });
      const statuses: number[] = [];
      for (let count = 0; count < 125; count += 1) {
        statuses.push((await push(`198.18.7.${String(count)}`)).status);
      }
      expect(statuses.filter((status) => status === 201)).to.have.length(120);
      expect(statuses.filter((status) => status === 503)).to.have.length(5);
      expect((await push('198.18.8.1')).status).to.equal(201);
    });
  });
}
