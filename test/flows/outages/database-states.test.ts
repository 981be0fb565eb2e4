import crypto from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { expect } from 'chai';
import pg from 'pg';

import { waitFor } from '../../support/wait-for.ts';
import { createTestDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  accountApiCalls,
  appApiCalls,
  pageCalls,
  setScene,
  signInCalls,
  type Call,
  type Scene,
} from './outage-scene.ts';

/** A state in which PostgreSQL is reachable but refuses connections or writes. */
interface DatabaseState {
  readonly name: string;
  /** SQL of an administrator; `$db` and `$role` stand for the names. */
  readonly enter: string;
  readonly leave: string;
  /** Whether reads still work. */
  readonly canRead: boolean;
}

const STATES: readonly DatabaseState[] = [
  {
    name: 'refuses connections (55000)',
    enter: 'alter database $db allow_connections false',
    leave: 'alter database $db allow_connections true',
    canRead: false,
  },
  {
    name: 'has another password (28P01)',
    enter: `alter role $role password 'the next one'`,
    leave: `alter role $role password 'first'`,
    canRead: false,
  },
  {
    name: 'lets the role no longer sign in (28000)',
    enter: 'alter role $role nologin',
    leave: 'alter role $role login',
    canRead: false,
  },
  {
    name: 'gives the role no more connections (53300)',
    enter: 'alter role $role connection limit 0',
    leave: 'alter role $role connection limit -1',
    canRead: false,
  },
  {
    name: 'is read-only (25006)',
    enter: 'alter database $db set default_transaction_read_only = on',
    leave: 'alter database $db reset default_transaction_read_only',
    canRead: true,
  },
  {
    name: 'was renamed (3D000)',
    enter: 'alter database $db rename to $db_away',
    leave: 'alter database $db_away rename to $db',
    canRead: false,
  },
];

const FINAL_ANSWER = /"error":"(?:invalid_|server_error|access_denied)|internal_error/;

describe('A database that is reachable and', function () {
  this.timeout(60_000);
  const role = `role_${crypto.randomBytes(6).toString('hex')}`;
  let database: TestDatabase;
  let admin: pg.Client;
  let server: TestServer;
  let scene: Scene;
  let name: string;

  async function run(statement: string): Promise<void> {
    await admin.query(statement.replaceAll('$role', role).replaceAll('$db', name));
  }
  /** @returns how many there were. */
  async function endConnections(): Promise<number> {
    const { rowCount } = await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1',
      [role],
    );
    return rowCount ?? 0;
  }

  /** A connection that is being opened is not listed until it has signed in, so one look is not enough. */
  async function endAllConnections(): Promise<void> {
    for (let looksWithoutOne = 0; looksWithoutOne < 10; await setTimeout(20)) {
      looksWithoutOne = (await endConnections()) === 0 ? looksWithoutOne + 1 : 0;
    }
  }

  /** Retries, because a database cannot be renamed while a client reconnects. */
  async function enter(state: DatabaseState): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      await endConnections();
      try {
        return await run(state.enter);
      } catch (error) {
        if (attempt === 20) throw error;
      }
    }
  }

  before(async () => {
    database = await createTestDatabase();
    const url = new URL(database.url);
    name = url.pathname.slice(1);
    const adminUrl = new URL(process.env['CONSENTRY_TEST_DATABASE'] ?? '');
    admin = new pg.Client({ connectionString: adminUrl.href });
    await admin.connect();
    await run(`create role $role login password 'first'`);
    await run(`grant ${url.username} to $role`);
    await run(`alter role $role in database $db set role = '${url.username}'`);
    url.username = role;
    url.password = 'first';
    server = await startTestServer({ databaseUrl: url.href });
    scene = await setScene(server);
  });
  after(async () => {
    await server?.stop();
    await database?.drop();
    await run('drop role if exists $role');
    await admin?.end();
  });

  const everything = (): Call[] => [
    ...appApiCalls(scene),
    ...signInCalls(scene),
    ...pageCalls(scene),
    ...accountApiCalls(scene),
  ];

  for (const state of STATES) {
    it(`${state.name} is reported as 503 with Retry-After`, async () => {
      await enter(state);
      try {
        // Before the feed is stale, the node answers from caches that are current.
        if (state.canRead) await endConnections();
        else {
          await endAllConnections();
          await waitFor(
            'the change feed to be stale',
            () => !server.connected.feed.isFresh(),
            5_000,
          );
        }
        const problems: string[] = [];
        const calls = everything();
        expect(calls.length).to.be.greaterThan(30);
        await Promise.all(
          calls.map(async (call) => {
            const response = await call.send();
            const body = await response.text();
            const problem = `${call.name}: ${String(response.status)} ${body.slice(0, 200)}`;
            if (response.status === 503) {
              if (response.headers.get('retry-after') === null)
                problems.push(`no Retry-After ${problem}`);
              if (response.headers.get('location') !== null) problems.push(`redirect ${problem}`);
            } else if (!state.canRead || response.status >= 500 || FINAL_ANSWER.test(body)) {
              problems.push(problem);
            }
          }),
        );
        expect(problems).to.deep.equal([]);
      } finally {
        await run(state.leave);
        await endConnections();
      }
    });
  }

  it('was in all these states still has the unused code and refresh token', async () => {
    const calls = new Map(appApiCalls(scene).map((call) => [call.name, call]));
    for (const call of ['code', 'refresh']) {
      const answer = await calls.get(call)?.send();
      expect(answer?.status, `${call}: ${String(await answer?.text())}`).to.equal(200);
    }
  });
});
