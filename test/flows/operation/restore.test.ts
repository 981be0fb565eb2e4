import { expect } from 'chai';

import { openPostgres, type Postgres } from '../../../src/platform/postgres/postgres.ts';
import { runCommand } from '../../cli/run-command.ts';
import { copyDatabase, everyCell, loadCopy } from '../../deletions/database-copy.ts';
import { waitFor } from '../../support/wait-for.ts';
import { TEST_ENVIRONMENT } from '../../support/config.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from '../../support/servers/database.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const NAME = 'Zinaida Serebryakova-Lanceray';
const SCOPE = 'openid profile email offline_access';

describe('A dump restored below two running nodes', function () {
  this.timeout(180_000);
  let database: TestDatabase;
  let keyStore: TestDatabase;
  let db: Postgres;
  let nodes: readonly [TestServer, TestServer];
  let app: ThirdPartyApp;
  let ana: TestPerson;
  let zina: TestPerson;
  let atHome: Visitor;
  let accessToken: string;
  let settings: Readonly<Record<string, string>>;

  before(async () => {
    [database, keyStore] = [await createTestDatabase(), await createEmptyDatabase()];
    db = openPostgres({ url: database.url, poolSize: 2, applicationName: 'test' });
    const config = { keyStoreUrl: keyStore.url, deletionRetentionDays: 0, runsJobs: false };
    const first = await startTestServer({ databaseUrl: database.url, config });
    const second = await startTestServer({
      databaseUrl: database.url,
      config: { ...config, issuer: first.url },
    });
    nodes = [first, second];
    settings = {
      ...TEST_ENVIRONMENT,
      DATABASE_URL: database.url,
      KEY_STORE_URL: keyStore.url,
      ISSUER: first.url,
    };
    ana = await createPerson(first.connected, { values: { name: ['Ana Petrova'] } });
    zina = await createPerson(first.connected, { values: { name: [NAME] } });
    app = await registerThirdPartyApp(first, ana.accountId);
    atHome = visitorAt(first.url);
    const attempt = await app.begin(atHome, { scope: SCOPE, prompt: 'consent' });
    await signIn(atHome, ana);
    await atHome.submitForm('button[value=allow]');
    accessToken = (await attempt.finish()).access_token;
    expect(await userinfo()).to.equal(200);
  });
  after(async () => {
    for (const node of nodes ?? []) await node.stop();
    await db?.close();
    await database?.drop();
    await keyStore?.drop();
  });

  async function userinfo(): Promise<number> {
    const headers = { authorization: `Bearer ${accessToken}` };
    return (await fetch(`${nodes[0].url}/userinfo`, { headers })).status;
  }

  async function statusesOf(path: string): Promise<number[]> {
    const addresses = nodes.map(({ config }) => `http://127.0.0.1:${String(config.port)}`);
    const answers = await Promise.all(addresses.map((url) => fetch(`${url}${path}`)));
    return answers.map(({ status }) => status);
  }

  async function kids(): Promise<unknown[]> {
    return db.query({ name: 'test-kids', text: 'select kid from signing_keys order by kid' });
  }

  it('makes both refuse requests until an operator runs the restore command', async () => {
    const { consents, deletions } = nodes[0].connected;
    const dump = await copyDatabase(db);
    const before = await kids();
    // After the dump: one person ends the access of an app, another one is purged.
    await consents.withdraw({ accountId: ana.accountId, clientId: app.clientId });
    await deletions.delete({ accountId: zina.accountId, locale: 'en' });
    expect(await deletions.purgeDue()).to.equal(1);
    for (const node of nodes) await markerOf(node);

    await loadCopy(db, dump);
    expect(JSON.stringify(await everyCell(db)), 'the dump has the row').to.include(zina.accountId);
    await waitFor('both nodes to be not ready', async () => {
      const statuses = await statusesOf('/health/ready');
      return statuses.every((status) => status === 503);
    });
    expect(await userinfo()).to.equal(503);
    expect(await statusesOf('/account')).to.deep.equal([503, 503]);
    expect(await statusesOf('/health/live')).to.deep.equal([200, 200]);
    expect(await kids()).to.deep.equal(before);

    const refused = await runCommand(['doctor'], settings);
    expect(refused.output).to.match(/wrong +key store.*consentry restore/);
    const unconfirmed = await runCommand(['restore'], settings);
    expect(unconfirmed.code).to.equal(1);
    expect(unconfirmed.errors).to.include('Nothing was done');
    const { code, output, errors } = await runCommand(['restore', '--yes'], settings);
    expect(code, errors + output).to.equal(0);
    expect(output).to.include('1 purged accounts that the dump brought back are gone again');
    expect(output).to.include('1 consents are paused');

    await waitFor('both nodes to be ready', async () => {
      const statuses = await statusesOf('/health/ready');
      return statuses.every((status) => status === 200);
    });
    expect(await kids()).to.deep.equal(before);
  });

  it('leaves no earlier token, session or consent valid after the restore command', async () => {
    expect(await userinfo()).to.equal(401);
    await app.begin(atHome, { scope: SCOPE });
    expect(atHome.page.text, 'the session is over').to.include('Sign in');
    await signIn(atHome, ana);
    expect(atHome.page.document.querySelector('button[value=allow]'), 'a new consent').not.to.equal(
      null,
    );
    expect(atHome.page.text).to.include('was restored from a copy');
    await atHome.get(`${nodes[0].url}/account`);
    expect(atHome.page.text).to.include('Ana Petrova');
    const api = await atHome.request(`${nodes[0].url}/api/v1/account/apps`);
    const { apps } = (await api.json()) as { apps: readonly { suspendedFor: string }[] };
    expect(apps.map(({ suspendedFor }) => suspendedFor)).to.deep.equal(['restored']);
    await atHome.get(`${nodes[0].url}/account/apps/${app.clientId}?ui_locales=ru`);
    expect(atHome.page.text).to.include('восстановлены из копии');
    await atHome.get(`${nodes[0].url}/account/history`);
    expect(atHome.page.text).to.include('was paused because this server’s data was restored');
    const events = await nodes[0].connected.consents.history({ accountId: ana.accountId });
    expect(events.map(({ kind }) => kind)).to.include('suspended');
  });

  it('keeps a purged person purged', async () => {
    const { connected } = nodes[1];
    expect(await connected.accounts.find(zina.accountId)).to.equal(null);
    expect(await connected.vault.listAttributes(zina.accountId)).to.deep.equal([]);
    const visitor = visitorAt(nodes[0].url);
    await app.begin(visitor, { scope: SCOPE });
    await signIn(visitor, zina);
    expect(visitor.page.document.querySelector('form[action$="/sign-in"]')).not.to.equal(null);
    const again = await createPerson(connected, { email: zina.email });
    expect(again.accountId, 'the address is free').not.to.equal(zina.accountId);
  });

  it('does not stop nodes when the database lost nothing', async () => {
    // As with a complete replica: the same rows behind new connections.
    await db.query({
      name: 'test-cut-connections',
      text: `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()`,
    });
    await waitFor(
      'both nodes to be ready',
      async () => {
        const statuses = await statusesOf('/health/ready');
        return statuses.every((status) => status === 200);
      },
      10_000,
    );
  });

  /** Waits until the node has raised the marker, which is then newer than the dump. */
  async function markerOf({ connected }: TestServer): Promise<void> {
    const read = async (): Promise<string> => {
      const [row] = await connected.keyStore.db.query<{ marker: string }>({
        name: 'test-marker',
        text: 'select marker::text from key_store.installation',
      });
      return row?.marker ?? '';
    };
    const first = await read();
    await waitFor('the marker', async () => (await read()) !== first, 20_000);
  }
});
