import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { connectApp } from '../support/connect-app.ts';
import { createPerson, visitorAt } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { registerThirdPartyApp } from '../support/third-party-app.ts';

const PATIENCE_MS = 20_000;

describe('What happens to consents in the background', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('goes through the queue: what ran out is told, what is unused is paused', async () => {
    const { connected } = server;
    const ana = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
    const app = await registerThirdPartyApp(server, ana.accountId);
    await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: { scope: 'openid profile email', prompt: 'consent' },
      choices: { 'claim.name': ana.attributeIds['name']?.[0] ?? '', 'duration.name': '30_days' },
    });
    await connected.db.query({
      name: 'test-age-item',
      text: `update consent_items set expires_at = now() - interval '1 minute' where expires_at is not null`,
      values: [],
    });
    const kinds = async () =>
      (await connected.consents.history({ accountId: ana.accountId })).map(({ kind }) => kind);
    const until = async (kind: string) => {
      const end = performance.now() + PATIENCE_MS;
      while (!(await kinds()).includes(kind as never) && performance.now() < end) await pause(50);
      expect(await kinds()).to.include(kind);
    };
    const run = (name: string) =>
      connected.db.transaction((tx) => connected.jobs.enqueue(tx, { name, data: {} }));

    await run('tell-expired-consents');
    await until('expired');
    await connected.db.query({
      name: 'test-age-consent',
      text: `update consents set updated_at = now() - interval '91 days'`,
      values: [],
    });
    await run('pause-unused-consents');
    await until('suspended');
  });

  it('ends what people allowed an app when its developer deletes it: event, receipt, mail', async () => {
    const { connected } = server;
    const bob = await createPerson(connected, { values: { name: ['Bob'] } });
    const { accountId } = bob;
    const app = await registerThirdPartyApp(server, accountId);
    const { clientId } = app;
    const choices = { 'claim.name': bob.attributeIds['name']?.[0] ?? '' };
    await connectApp({ visitor: visitorAt(server.url), app, person: bob, choices });
    await connected.clients.remove({ clientId, manager: { accountId, isAdministrator: false } });
    const end = performance.now() + PATIENCE_MS;
    const isActive = async () => (await connected.consents.find({ accountId, clientId })) !== null;
    while ((await isActive()) && performance.now() < end) await pause(50);
    expect(await isActive()).to.equal(false);
    expect(await connected.consents.list(accountId)).to.have.length(0);
    const [newest] = await connected.consents.history({ accountId });
    expect(newest).to.include({ kind: 'handed_back', clientId });
    expect(newest?.details.dropped?.claims).to.include('name');
    const receipts = await connected.db.query({
      name: 'test-receipts',
      text: 'select 1 from consent_events where account_id = $1 and receipt is not null',
      values: [accountId],
    });
    expect(receipts).to.have.length(2);
    // A job may run twice.
    expect(await connected.consents.endOfApp(clientId)).to.equal(0);
  });

  it('takes a deleted value out of the copies of the consent', async () => {
    const { connected } = server;
    const eve = await createPerson(connected, { values: { nickname: ['Evie'] } });
    const { accountId } = eve;
    const app = await registerThirdPartyApp(server, accountId);
    const attributeId = eve.attributeIds['nickname']?.[0] ?? '';
    const choices = { 'claim.nickname': attributeId };
    await connectApp({ visitor: visitorAt(server.url), app, person: eve, choices });
    const shared = async () => {
      const consent = await connected.consents.find({ accountId, clientId: app.clientId });
      return consent?.items.find(({ claim }) => claim === 'nickname')?.attributeId;
    };
    expect(await shared()).to.equal(attributeId);
    await connected.vault.removeAttribute({ accountId, attributeId });
    const end = performance.now() + 1_000;
    while ((await shared()) !== null && performance.now() < end) await pause(10);
    expect(await shared()).to.equal(null);
  });
});
