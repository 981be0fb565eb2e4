import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';
import pg from 'pg';

import { openPostgres } from '../../src/platform/postgres/postgres.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { findAccountSealer } from '../../src/vault/keys/find-account-sealer.ts';
import { runCommand } from '../cli/run-command.ts';
import { waitFor } from '../support/wait-for.ts';
import { TEST_ENVIRONMENT, testConfig } from '../support/config.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from '../support/servers/database.ts';
import { startNode, type ServerNode } from '../support/servers/node.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { postgresTools, type PostgresTools } from './postgres-tools.ts';

const SCOPE = 'openid profile email offline_access';
const NAME = 'Zinaida Serebryakova-Lanceray';

describe('A dump of pg_dump restored below two server processes', function () {
  this.timeout(240_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-dump-'));
  const file = path.join(folder, 'main.dump');
  let tools: PostgresTools;
  let database: TestDatabase;
  let keyStore: TestDatabase;
  let nodes: readonly [ServerNode, ServerNode];
  let connected: Connected;
  let settings: Readonly<Record<string, string>>;
  let app: ThirdPartyApp;
  let ana: TestPerson;
  let zina: TestPerson;
  let atHome: Visitor;
  let tokens: Tokens;

  before(async () => {
    tools = postgresTools();
    [database, keyStore] = [await createTestDatabase(), await createEmptyDatabase()];
    const env = {
      KEY_STORE_URL: keyStore.url,
      DELETION_RETENTION_DAYS: '0',
      RUN_JOBS: 'false',
    };
    const first = await startNode({ databaseUrl: database.url, env });
    const second = await startNode({ databaseUrl: database.url, issuer: first.issuer, env });
    nodes = [first, second];
    settings = { ...TEST_ENVIRONMENT, ...env, DATABASE_URL: database.url, ISSUER: first.issuer };
    connected = await open();
    ana = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
    zina = await createPerson(connected, { values: { name: [NAME] } });
    app = await registerThirdPartyApp({ url: first.issuer, connected }, ana.accountId);
    atHome = visitorAt(first.issuer);
    tokens = await allow(atHome, ana);
    await allow(visitorAt(first.issuer), zina);
  });
  after(async () => {
    await connected?.close();
    for (const node of nodes ?? []) await node.stop();
    await database?.drop();
    await keyStore?.drop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function open(): Promise<Connected> {
    const changes = {
      issuer: nodes[0].issuer,
      keyStoreUrl: keyStore.url,
      deletionRetentionDays: 0,
    };
    return connect(testConfig(database.url, changes));
  }
  async function allow(visitor: Visitor, person: TestPerson): Promise<Tokens> {
    const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
    await signIn(visitor, person);
    await visitor.submitForm('button[value=allow]');
    return attempt.finish();
  }
  async function statusesOf(path_: string, init: RequestInit = {}): Promise<number[]> {
    const answers = await Promise.all(nodes.map(({ url }) => fetch(`${url}${path_}`, init)));
    await Promise.all(answers.map((answer) => answer.text()));
    return answers.map(({ status }) => status);
  }
  const userinfo = () =>
    statusesOf('/userinfo', { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const refresh = () =>
    statusesOf('/token', {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
      }),
    });
  async function kids(): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query('select kid from signing_keys order by kid')).rows;
    } finally {
      await client.end();
    }
  }
  async function marker(): Promise<string> {
    const [row] = await connected.keyStore.db.query<{ marker: string }>({
      name: 'test-marker',
      text: 'select marker::text from key_store.installation',
    });
    return row?.marker ?? '';
  }
  /** As an operator does: drops the database below the nodes, creates it again and fills it. */
  async function restoreDump(): Promise<void> {
    const name = new URL(database.url).pathname.slice(1);
    const admin = new pg.Client({ connectionString: process.env['CONSENTRY_TEST_DATABASE'] });
    await admin.connect();
    await admin.query(`drop database "${name}" with (force)`);
    await admin.query(`create database "${name}"`);
    await admin.end();
    tools.restore(database.url, file);
  }

  it('contains no personal value in plain text, and no decryptable value of a purged person', async () => {
    tools.dump(database.url, file);
    const sql = tools.readDump(file);
    expect(sql)
      .to.match(/COPY public\.attributes/)
      .and.to.include(zina.accountId);
    for (const secret of [NAME, zina.email, ana.email]) expect(sql).not.to.include(secret);

    // After the dump: one person ends the access of an app, another one is purged.
    await connected.consents.withdraw({ accountId: ana.accountId, clientId: app.clientId });
    await connected.deletions.delete({ accountId: zina.accountId, locale: 'en' });
    expect(await connected.deletions.purgeDue()).to.equal(1);
    const raised = await marker();
    await waitFor('the marker', async () => (await marker()) !== raised, 20_000);
    expect(await refresh()).to.deep.equal([400, 400]);

    const elsewhere = await createEmptyDatabase();
    const db = openPostgres({ url: elsewhere.url, poolSize: 1, applicationName: 'test' });
    try {
      tools.restore(elsewhere.url, file);
      const parts = { db, masterSealer: connected.masterSealer, leaves: connected.keyStore };
      expect(await findAccountSealer(parts, zina.accountId)).to.equal(null);
      expect(await findAccountSealer(parts, ana.accountId)).not.to.equal(null);
    } finally {
      await db.close();
      await elsewhere.drop();
    }
  });

  it('makes both nodes refuse requests until `consentry restore` runs, and creates no key meanwhile', async () => {
    const before = await kids();
    await connected.close();
    await restoreDump();
    const ready = async (status: number): Promise<boolean> =>
      (await statusesOf('/health/ready')).every((one) => one === status);
    await waitFor('both nodes to be not ready', () => ready(503), 20_000);
    await waitFor(
      'both nodes to refuse requests',
      async () => String(await userinfo()) === '503,503',
      20_000,
    );
    expect(await statusesOf('/account')).to.deep.equal([503, 503]);
    expect(await refresh()).to.deep.equal([503, 503]);
    expect(await statusesOf('/health/live')).to.deep.equal([200, 200]);
    expect(await kids()).to.deep.equal(before);
    const { output } = await runCommand(['doctor'], settings);
    expect(output).to.match(/^wrong key store .*run "consentry restore"/m);

    const restored = await runCommand(['restore', '--yes'], settings);
    expect(restored.code, restored.errors).to.equal(0);
    expect(restored.output).to.include('1 purged accounts that the dump brought back are gone');
    await waitFor('both nodes to be ready', () => ready(200), 20_000);
    expect(await kids()).to.deep.equal(before);
    connected = await open();
  });

  it('does not bring withdrawn access or purged people back', async () => {
    expect(await userinfo()).to.deep.equal([401, 401]);
    expect(await refresh()).to.deep.equal([400, 400]);
    await app.begin(atHome, { scope: SCOPE });
    await signIn(atHome, ana);
    const allowButton = atHome.page.document.querySelector('button[value=allow]');
    expect(allowButton, 'a new consent is needed').not.to.equal(null);
    expect(await connected.accounts.find(zina.accountId)).to.equal(null);
    expect(await connected.vault.listAttributes(zina.accountId)).to.deep.equal([]);
    const visitor = visitorAt(nodes[1].issuer);
    await app.begin(visitor, { scope: SCOPE });
    await signIn(visitor, zina);
    expect(visitor.page.document.querySelector('form[action$="/sign-in"]')).not.to.equal(null);
  });
});
