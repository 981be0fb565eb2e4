import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { waitFor } from '../support/wait-for.ts';
import { startMuteServer, type MuteServer } from './mute-server.ts';
import { createPerson, signIn, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { type MailCatcher, startSmtp } from '../support/servers/smtp.ts';

const MAILS = 25;

describe('A mail server that accepts connections and never responds', function () {
  this.timeout(90_000);
  let mute: MuteServer;
  let smtp: MailCatcher | undefined;
  let server: TestServer;

  before(async () => {
    mute = await startMuteServer();
    const smtpUrl = `smtp://127.0.0.1:${String(mute.port)}`;
    server = await startTestServer({ config: { mail: { smtpUrl } } });
  });
  after(async () => {
    await server?.stop();
    await mute?.stop();
    await smtp?.stop();
  });

  const addresses = Array.from({ length: MAILS }, (_, n) => `reader${String(n)}@example.org`);
  const oldestWaiting = async (): Promise<number> => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const line = /^consentry_jobs_oldest_waiting_seconds\{queue="send-mail"\} (\S+)$/m;
    return Number(line.exec(metrics)?.[1] ?? 0);
  };

  it('does not affect sign-ins, and the metrics show the age of the oldest mail', async () => {
    for (const email of addresses) await createPerson(server.connected, { email });
    for (const email of addresses) {
      const visitor = visitorAt(server.url);
      await visitor.get('/account');
      await visitor.follow('a[href$="/forgot"]');
      await visitor.submitForm('form[action$="/forgot"]', { identifier: email });
      expect(visitor.page.status).to.equal(200);
    }
    const ana = await createPerson(server.connected);
    // Until the first attempts have reached their time limit.
    const until = performance.now() + 12_000;
    let signIns = 0;
    while (performance.now() < until) {
      const visitor = visitorAt(server.url);
      await visitor.get('/account');
      await signIn(visitor, ana);
      expect(visitor.page.url.pathname).to.equal('/account');
      signIns += 1;
      await pause(200);
    }
    expect(signIns).to.be.greaterThan(5);
    expect(mute.connections()).to.be.greaterThan(0);
    expect(await oldestWaiting()).to.be.greaterThan(5);
  });

  it('only delays mails: each arrives once within seconds after the server responds again', async () => {
    await mute.stop();
    smtp = await startSmtp({ port: mute.port });
    const { messages } = smtp;
    const received = () => messages.filter(({ to }) => addresses.includes(to));
    await waitFor('all mails to arrive', () => received().length >= MAILS, 25_000);
    await waitFor('no mail to wait', async () => (await oldestWaiting()) === 0, 10_000);
    // Time for a second copy.
    await pause(3_000);
    expect(
      received()
        .map(({ to }) => to)
        .toSorted(),
    ).to.deep.equal(addresses.toSorted());
  });
});
