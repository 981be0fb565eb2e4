import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import pg from 'pg';

import { sql } from '../../src/platform/postgres/sql.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, type TestPerson, visitorAt } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';

const KEY = { namespace: 'notes', key: 'one' } as const;

describe('A change of a record that waits while the access ends', function () {
  this.timeout(60_000);
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let locker: pg.Client;

  before(async () => {
    server = await startTestServer();
    const { accountId: actorId } = await createPerson(server.connected, { isAdministrator: true });
    await server.connected.scopes.defineScope({
      actorId,
      name: 'notes',
      title: { en: 'Your notes', ru: 'Ваши заметки' },
      description: { en: 'Keep notes with you.', ru: 'Хранить у вас заметки.' },
      sensitivity: 'medium',
      records: { namespace: KEY.namespace, access: 'write' },
    });
    ana = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, ana.accountId, { scopes: ['openid', 'notes'] });
    locker = new pg.Client({ connectionString: server.databaseUrl });
    await locker.connect();
  });
  after(async () => {
    await locker?.end();
    await server?.stop();
  });

  const isWaiting = async (): Promise<boolean> => {
    const rows = await server.connected.db.query(sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%account_keys%'`);
    return rows.length > 0;
  };

  for (const [title, method, body] of [
    ['a write', 'PUT', JSON.stringify({ value: 'written late' })],
    ['a deletion', 'DELETE', null],
  ] as const) {
    it(`is refused: ${title}`, async () => {
      const { accountId } = ana;
      const { records } = server.connected.vault;
      const expected = { kind: 'anything' } as const;
      await records.put({ accountId, ...KEY, value: 'before', changedBy: null, expected });
      const { access_token: token } = await connectApp({
        visitor: visitorAt(server.url),
        app,
        person: ana,
        parameters: { scope: 'openid notes', prompt: 'consent' },
        choices: { 'scope.notes': 'allow' },
      });
      await locker.query('begin');
      await locker.query('select 1 from account_keys where account_id = $1 for update', [
        accountId,
      ]);
      const answer = fetch(`${server.url}/api/v1/records/notes/one`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      });
      try {
        await waitFor('the lock', isWaiting, 10_000);
        await Promise.all([
          server.connected.consents.withdraw({ accountId, clientId: app.clientId }),
          pause(700),
        ]);
      } finally {
        await locker.query('rollback');
      }
      expect((await answer).status).to.equal(403);
      expect((await records.find({ accountId, ...KEY }))?.value).to.equal('before');
    });
  }
});
