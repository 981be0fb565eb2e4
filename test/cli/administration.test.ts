import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { OPERATOR } from '../../src/clients/index.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { waitFor } from '../support/wait-for.ts';
import { TEST_ENVIRONMENT, testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { createPerson, PASSWORD } from '../support/people/people.ts';
import { photo } from '../support/people/pictures.ts';
import { runCommand } from './run-command.ts';

describe('Administration by command', function () {
  this.timeout(240_000);
  let database: TestDatabase;
  let here: Connected;
  let elsewhere: Connected;

  before(async () => {
    database = await createTestDatabase();
    here = await connect(testConfig(database.url));
    elsewhere = await connect(testConfig(database.url));
  });
  after(async () => {
    await here?.close();
    await elsewhere?.close();
    await database?.drop();
  });

  const run = (args: readonly string[], input = '') =>
    runCommand(args, { ...TEST_ENVIRONMENT, DATABASE_URL: database.url }, input);

  it('creates the first administrator, who can sign in and cannot be blocked', async () => {
    const args = ['accounts', 'create-admin', 'ops@example.org', '--password-stdin', '--json'];
    const weak = await run(args, 'short\n');
    expect([weak.code, weak.errors]).to.deep.equal([1, 'password: Use at least 15 characters.\n']);

    const created = await run(args, `${PASSWORD}\n`);
    expect(created.code, created.errors).to.equal(0);
    const { accountId } = JSON.parse(created.output) as { accountId: string };
    expect(await here.accounts.find(accountId)).to.include({
      status: 'active',
      isAdministrator: true,
    });
    const proof = await here.authentication.signIn({
      identifier: 'ops@example.org',
      password: PASSWORD,
      ip: '127.0.0.1',
      deviceId: null,
    });
    expect(proof).to.include({ accountId });
    expect(created.output + created.errors).not.to.include(PASSWORD);

    const again = await run(args, `${PASSWORD}\n`);
    expect([again.code, again.errors]).to.deep.equal([
      1,
      'This address belongs to an account already.\n',
    ]);

    const refused = await run(['accounts', 'block', 'ops@example.org', '--reason', 'a test']);
    expect(refused.code).to.equal(1);
    expect(refused.errors).to.include('only administrator');
    expect(await refusalOf(() => setAdministrator(accountId, false))).to.equal(
      'last_administrator',
    );
    const kinds = (await here.audit.list(accountId)).map(({ kind }) => kind);
    expect(kinds).to.include('account.administrator_changed');
  });

  function setAdministrator(accountId: string, isAdministrator: boolean): Promise<void> {
    return here.db.transaction((tx) =>
      here.accounts.setAdministrator(tx, { accountId, isAdministrator }),
    );
  }

  it('blocks and unblocks a person on every node, with a mail and an audit row each', async () => {
    const { accountId, email } = await createPerson(here);
    const { authentication } = here;
    expect((await elsewhere.accounts.find(accountId))?.status).to.equal('active');
    const mails = await countMails();
    await authentication.blockAccount({ accountId, reason: 'spam' });
    await waitFor(
      'the other node to refuse the account',
      async () => (await elsewhere.accounts.find(accountId))?.status === 'blocked',
      1_000,
    );
    const blocked = await elsewhere.accounts.find(accountId);
    expect(blocked?.statusReason).to.equal('spam');
    expect(blocked?.cutOffAt).not.to.equal(null);
    const listed = await run(['accounts', 'list', '--status', 'blocked', '--json']);
    expect((JSON.parse(listed.output) as { id: string }[]).map(({ id }) => id)).to.deep.equal([
      accountId,
    ]);

    const unblocked = await run(['accounts', 'unblock', email]);
    expect(unblocked.output).to.equal(`Account ${accountId} is active.\n`);
    expect(await refusalOf(() => authentication.unblockAccount({ accountId }))).to.equal(
      'account_not_blocked',
    );
    expect((await countMails()) - mails).to.equal(2);
    const statuses = (await here.audit.list(accountId))
      .filter(({ kind }) => kind === 'account.status_changed')
      .map(({ details }) => (details as { status: string }).status);
    expect(statuses).to.deep.equal(['active', 'blocked']);
  });

  it('verifies and suspends an app, notifies its owner, and does not let the owner resume it', async () => {
    const { accountId } = await createPerson(here);
    const { clients } = here;
    const { client } = await clients.create({
      ownerAccountId: accountId,
      applicationType: 'web',
      name: 'Shop',
      redirectUris: ['https://shop.example/callback'],
    });
    const owner = { clientId: client.id, manager: { accountId, isAdministrator: false } };
    const mails = await countMails();
    expect(await refusalOf(() => clients.setVerified({ ...owner, isVerified: true }))).to.equal(
      'forbidden',
    );
    const verified = await run(['clients', 'verify', client.id, '--json']);
    expect(JSON.parse(verified.output)).to.include({ id: client.id, isVerified: true });
    await waitFor(
      'the change at the other node',
      async () => (await elsewhere.clients.find(client.id))?.isVerified === true,
      1_000,
    );
    await clients.setStatus({
      clientId: client.id,
      manager: OPERATOR,
      status: 'suspended',
      reason: 'spam',
    });
    expect(await refusalOf(() => clients.setStatus({ ...owner, status: 'active' }))).to.equal(
      'client_suspended_by_administrator',
    );
    await clients.setStatus({ clientId: client.id, manager: OPERATOR, status: 'active' });
    expect((await countMails()) - mails).to.equal(3);
    const found = await clients.list({ isVerified: true, limit: 10 });
    expect(found.map(({ id }) => id)).to.deep.equal([client.id]);
    const missing = await run(['clients', 'verify', 'nothing']);
    expect([missing.code, missing.errors]).to.deep.equal([1, 'This app does not exist.\n']);
  });

  it('sets and removes the logo of an app from a file', async () => {
    const { accountId } = await createPerson(here);
    const { client } = await here.clients.create({
      ownerAccountId: accountId,
      applicationType: 'web',
      name: 'Gallery',
      redirectUris: ['https://shop.example/callback'],
    });
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-logo-'));
    const [logo, drawing] = [path.join(folder, 'logo.jpg'), path.join(folder, 'logo.svg')];
    fs.writeFileSync(logo, await photo('red'));
    fs.writeFileSync(drawing, '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const logoNow = async () => (await here.clients.findManaged(managed)).logo;
    const managed = { clientId: client.id, manager: OPERATOR };
    expect((await run(['clients', 'set-logo', client.id, logo])).code).to.equal(0);
    expect(await logoNow()).to.match(/^[\w-]{43}$/);
    const refused = await run(['clients', 'set-logo', client.id, drawing]);
    expect(refused.code).to.equal(1);
    expect(refused.errors).to.include('A logo must be a PNG, JPEG or WebP image.');
    const missing = await run(['clients', 'set-logo', client.id, `${folder}/none.png`]);
    expect(missing.errors).to.equal(`${folder}/none.png: there is no such file or folder.\n`);
    expect((await run(['clients', 'set-logo', 'nothing', logo])).errors).to.equal(
      'This app does not exist.\n',
    );
    expect((await run(['clients', 'remove-logo', client.id])).code).to.equal(0);
    expect(await logoNow()).to.equal(null);
    fs.rmSync(folder, { recursive: true });
  });

  async function countMails(): Promise<number> {
    const [row] = await here.db.query<{ count: number }>({
      name: 'test-count-mails',
      text: 'select count(*)::int as count from outgoing_messages',
    });
    return row?.count ?? 0;
  }
});

async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}
