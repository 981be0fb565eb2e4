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
});
