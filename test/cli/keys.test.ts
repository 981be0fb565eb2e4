import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { connect, type Connected } from '../../src/server/services.ts';
import { keyContext } from '../../src/vault/keys/account-key.ts';
import { testConfig, TEST_ENVIRONMENT } from '../support/config.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startNode } from '../support/servers/node.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { waitFor } from '../support/wait-for.ts';
import { runCommand } from './run-command.ts';
import { childEnvironment } from '../support/servers/child-environment.ts';

const CLI = fileURLToPath(new URL('../../src/cli/consentry.js', import.meta.url));
const OLD = TEST_ENVIRONMENT.MASTER_KEYS;
const NEW = `2:${Buffer.alloc(32, 9).toString('base64')}`;
const EXTRA_KEYS = 2_000;

describe('consentry keys', function () {
  this.timeout(240_000);
  let database: TestDatabase;
  let connected: Connected;
  let person: TestPerson;

  before(async () => {
    database = await createTestDatabase();
    connected = await connect(testConfig(database.url));
    person = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
    await addAccounts(connected, EXTRA_KEYS);
  });
  after(async () => {
    await connected?.close();
    await database?.drop();
  });

  const settings = (masterKeys: string) => ({
    ...TEST_ENVIRONMENT,
    DATABASE_URL: database.url,
    MASTER_KEYS: masterKeys,
  });
  const keys = (masterKeys: string, ...args: string[]) =>
    runCommand(['keys', ...args], settings(masterKeys));

  it('creates a key of the next version', async () => {
    const { code, output } = await keys(OLD, 'new');
    expect(code).to.equal(0);
    expect(output).to.match(/^2:[A-Za-z0-9+/]{43}=\n$/);
  });

  it('rotates under traffic and after being killed, after which the old key can be removed', async () => {
    const both = `${NEW},${OLD}`;
    const node = await startNode({
      databaseUrl: database.url,
      env: { MASTER_KEYS: both, SESSIONS_PER_ACCOUNT: '1000' },
    });
    const issuer = node.issuer;
    let stayedIn: Visitor;
    try {
      stayedIn = await signedInVisitor(issuer, person);
      const traffic = startTraffic(issuer, person, stayedIn);
      const counted = await keys(both, 'rotate', '--dry-run');
      expect(counted.code).to.equal(3);
      expect(counted.output).to.match(/account_keys\.wrapped_key +2000 under 1/);

      await killInTheMiddle(settings(both));
      const half = await keys(both, 'status');
      expect(half.code).to.equal(3);
      const [, left] = /account_keys\.wrapped_key +(\d+) under 1/.exec(half.output) ?? [];
      expect(Number(left)).to.be.above(0).and.below(2000);

      const finished = await keys(both, 'rotate', '--batch', '300');
      expect(finished.code, finished.errors + finished.output).to.equal(0);
      expect(finished.errors).to.match(/account_keys\.wrapped_key +\[#+\.*\]/);
      expect(finished.output).to.include('Older keys can be removed');
      expect((await keys(both, 'status')).code).to.equal(0);
      const { rounds, failures } = await traffic.stop();
      expect(failures).to.deep.equal([]);
      expect(rounds).to.be.above(3);
    } finally {
      await node.stop();
    }

    const later = await startNode({
      databaseUrl: database.url,
      issuer,
      port: Number(new URL(issuer).port),
      env: { MASTER_KEYS: NEW, SESSIONS_PER_ACCOUNT: '1000' },
    });
    try {
      expect(
        (await stayedIn.request(`${issuer}/api/v1/account`)).status,
        'the old session',
      ).to.equal(200);
      const again = await signedInVisitor(issuer, person);
      await again.get(`${issuer}/account`);
      expect(again.page.text).to.include('Ana Petrova');
      expect((await fetch(`${issuer}/jwks`)).status).to.equal(200);
    } finally {
      await later.stop();
    }
    const rows = await connected.db.query<{
      account_id: string;
      wrapped_key: Buffer;
      leaf: string;
    }>({
      name: 'test-all-keys',
      text: 'select account_id, wrapped_key, leaf::text from account_keys',
    });
    expect(rows.length).to.be.above(EXTRA_KEYS);
    for (const row of rows) {
      const context = `account_keys:wrapped_key:${row.account_id}`;
      const leaf = connected.keyStore.sealerOf(Number(row.leaf));
      expect(leaf.open(row.wrapped_key, context)).to.have.length(32);
    }
  });

  it('reports a missing key and changes nothing', async () => {
    const third = `3:${Buffer.alloc(32, 3).toString('base64')}`;
    const { code, errors } = await keys(third, 'rotate');
    expect(code).to.equal(1);
    expect(errors).to.include('under master key 2, which is not in MASTER_KEYS');
    expect((await keys(NEW, 'status')).code).to.equal(0);
  });
});

async function addAccounts({ db, masterSealer, clock }: Connected, count: number): Promise<void> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await db.query({
    name: 'test-add-accounts',
    text: `with made as (
             insert into accounts (id, status, created_at, updated_at)
             select id, 'active', $3, $3 from unnest($1::uuid[]) as id returning id)
           insert into account_keys (account_id, wrapped_key, created_at)
           select given.id, given.key, $3 from unnest($1::uuid[], $2::bytea[]) as given (id, key)`,
    values: [ids, ids.map((id) => masterSealer.seal(randomBytes(32), keyContext(id))), clock.now()],
  });
}

/** Kills a rotation after a few batches. */
async function killInTheMiddle(env: Readonly<Record<string, string>>): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [CLI, 'keys', 'rotate', '--batch', '20'], {
    env: childEnvironment(env),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let progress = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (progress += text));
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  await waitFor('some batches', () => progress.split('\n').length > 5, 20_000);
  child.kill('SIGKILL');
  expect((await ended)[1]).to.equal('SIGKILL');
}

/** Repeatedly reads with the existing session and signs in again, until it is stopped. */
function startTraffic(
  issuer: string,
  person: TestPerson,
  visitor: Visitor,
): { stop(): Promise<{ rounds: number; failures: string[] }> } {
  const failures: string[] = [];
  let isStopped = false;
  let rounds = 0;
  const running = (async () => {
    while (!isStopped) {
      const answer = await visitor.request(`${issuer}/api/v1/account/attributes`);
      const text = await answer.text();
      if (answer.status !== 200 || !text.includes('Ana Petrova')) failures.push(text);
      const other = await signedInVisitor(issuer, person);
      if (!other.page.text.includes('Ana Petrova')) failures.push(other.page.text);
      rounds += 1;
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await running;
      return { rounds, failures };
    },
  };
}
