import { expect } from 'chai';

import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { waitFor } from '../../support/wait-for.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';

const PATIENCE_MS = 20_000;

describe('Background jobs of consents', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('record expired values and pause unused consents', async () => {
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
    const untilRecorded = (kind: string) =>
      waitFor(
        `the event ${kind}`,
        async () => (await kinds()).includes(kind as never),
        PATIENCE_MS,
      );
    const run = (name: string) =>
      connected.db.transaction((tx) => connected.jobs.enqueue(tx, { name, data: {} }));

    await run('tell-expired-consents');
    await untilRecorded('expired');
    await connected.db.query({
      name: 'test-age-consent',
      text: `update consents set updated_at = now() - interval '91 days'`,
      values: [],
    });
    await run('pause-unused-consents');
    await untilRecorded('suspended');
  });

  it('end the consents of a deleted app, with an event and a receipt', async () => {
    const { connected } = server;
    const bob = await createPerson(connected, { values: { name: ['Bob'] } });
    const { accountId } = bob;
    const app = await registerThirdPartyApp(server, accountId);
    const { clientId } = app;
    const choices = { 'claim.name': bob.attributeIds['name']?.[0] ?? '' };
    await connectApp({ visitor: visitorAt(server.url), app, person: bob, choices });
    await connected.clients.remove({ clientId, manager: { accountId, isAdministrator: false } });
    const isEnded = async () => (await connected.consents.find({ accountId, clientId })) === null;
    await waitFor('the end of the consent', isEnded, PATIENCE_MS);
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
    // The job may run twice.
    expect(await connected.consents.endOfApp(clientId)).to.equal(0);
  });

  it('remove a deleted value from the consent', async () => {
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
    await waitFor('the removal of the value', async () => (await shared()) === null);
  });
});
