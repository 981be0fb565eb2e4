import { expect } from 'chai';

import { createPerson, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { startRedis } from '../../support/servers/redis.ts';
import type { RedisServer } from '../../support/servers/redis-server.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { flip, signInWithoutRedirect } from '../protocol/paused-sign-in.ts';

for (const mode of ['Postgres alone', 'Redis'] as const) {
  describe(`The result of a sign-in that the browser holds, ${mode}`, function () {
    this.timeout(60_000);
    let redis: RedisServer | null = null;
    let server: TestServer;
    let ana: TestPerson;
    let app: ThirdPartyApp;

    before(async () => {
      redis = mode === 'Redis' ? await startRedis() : null;
      server = await startTestServer({ config: { redisUrl: redis?.url ?? null } });
      ana = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, ana.accountId);
    });
    after(async () => {
      await server.stop();
      await redis?.stop();
    });

    const visitor = (): Visitor => visitorAt(server.url);
    const send = (url: URL, cookie: string) =>
      fetch(url, { redirect: 'manual', headers: { cookie, accept: 'text/html' } });
    const sessionsOfAna = async () =>
      (await server.connected.sessions.list(ana.accountId)).map(({ uid }) => uid);
    /** It is sent once more and then leads to the page of the interaction, and the browser keeps the cookies that it has. */
    const expectUnused = async (answer: Response, url: URL, cookie: string): Promise<void> => {
      await expectWayOn(answer, `${url.pathname}?again=1`);
      const again = await send(new URL('?again=1', url), cookie);
      await expectWayOn(again, url.pathname.replace('/auth/', '/interaction/'));
    };
    const expectWayOn = async (answer: Response, location: string): Promise<void> => {
      expect(answer.status).to.equal(303);
      expect(answer.headers.get('location')).to.equal(location);
      const session = answer.headers
        .getSetCookie()
        .filter((line) => line.startsWith('consentry-session'));
      expect(session).to.deep.equal([]);
      expect(await answer.text()).to.not.match(/code=|password/);
    };

    it('signs in once when its result is sent ten times concurrently', async () => {
      const browser = visitor();
      const { answerUrl, cookies } = await signInWithoutRedirect(app, browser, ana);
      const before = await sessionsOfAna();
      const answers = await Promise.all(Array.from({ length: 10 }, () => send(answerUrl, cookies)));
      const signedIn = answers.filter((answer) =>
        answer.headers.getSetCookie().some((line) => /^consentry-session=[^;]/.test(line)),
      );
      expect(signedIn, answers.map(({ status }) => status).join()).to.have.length(1);
      const after = await sessionsOfAna();
      expect(after.length - before.length).to.be.within(0, 1);
      const late = await send(answerUrl, cookies);
      for (const answer of answers.filter((one) => !signedIn.includes(one)).concat(late)) {
        await expectUnused(answer, answerUrl, cookies);
        expect(answer.headers.getSetCookie()).to.deep.equal([]);
      }
      expect(await sessionsOfAna()).to.deep.equal(after);
    });

    it('keeps the browser signed in when the answer to a repeated result arrives last', async () => {
      const browser = visitor();
      const { answerUrl, cookies } = await signInWithoutRedirect(app, browser, ana);
      const first = await send(answerUrl, cookies);
      const second = await send(answerUrl, cookies);
      for (const answer of [first, second]) browser.cookies.store(answerUrl, answer);
      await browser.get('/account/sessions');
      expect(browser.page.url.pathname).to.equal('/account/sessions');
      expect(browser.page.status).to.equal(200);
    });

    it('stays used when Redis loses all data', async () => {
      const browser = visitor();
      const { answerUrl, cookies } = await signInWithoutRedirect(app, browser, ana);
      const first = await send(answerUrl, cookies);
      expect(first.headers.getSetCookie().join()).to.match(/consentry-session=[^;]/);
      const after = await sessionsOfAna();
      await server.connected.redis?.flushall();
      const again = await send(answerUrl, cookies);
      await expectUnused(again, answerUrl, cookies);
      expect(await sessionsOfAna()).to.deep.equal(after);
    });

    it('cannot be moved to another interaction or changed', async () => {
      const [first, second] = [visitor(), visitor()];
      const proven = await signInWithoutRedirect(app, first, ana);
      await app.begin(second);
      const uid = second.page.url.pathname.split('/')[2] ?? '';
      const held = /consentry-interaction-answer=([^;]+)/.exec(proven.cookies)?.[1] ?? '';
      expect(held.length).to.be.greaterThan(500);
      const before = await sessionsOfAna();
      const target = new URL(`/auth/${uid}`, server.url);
      const resume = second.cookies.header(target);
      for (const value of [held, flip(held)]) {
        const both = `${resume}; consentry-interaction-answer=${value}`;
        await expectUnused(await send(target, both), target, both);
      }
      await second.get(`/interaction/${uid}`);
      expect(second.page.document.querySelector('input[name=password]')).to.not.equal(null);
      const changed = proven.cookies.replace(held, flip(held));
      await expectUnused(await send(proven.answerUrl, changed), proven.answerUrl, changed);
      expect(await sessionsOfAna()).to.deep.equal(before);
    });
  });
}
