import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

const FORM = 'main form[method=post]';
const GENERATED = /^app_[0-9a-f]{32}$/;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

describe('the ids of apps and of accounts', () => {
  let server: TestServer;
  let victim: TestPerson;

  before(async () => {
    server = await startTestServer();
    victim = await createPerson(server.connected);
  });
  after(() => server.stop());

  async function developer(): Promise<Visitor> {
    const visitor = visitorAt(server.url);
    await visitor.get('/developer/apps');
    await signIn(visitor, await createPerson(server.connected));
    return visitor;
  }

  /** Sends the form for a new app with a draft key of one's own choice. */
  async function register(visitor: Visitor, draftKey: string): Promise<string> {
    await visitor.get('/developer/apps/new?type=machine');
    await visitor.submitForm(FORM, { name: 'Chosen', draftKey });
    const shown = visitor.page.document.querySelectorAll('main form code').map(({ text }) => text);
    return shown[0] ?? visitor.page.url.pathname.split('/').at(-1) ?? '';
  }

  const insertClient = (id: string): Promise<unknown> =>
    server.connected.db.query({
      name: 'test-insert-client',
      text: `insert into clients (id, name, status, metadata, created_at, updated_at)
             values ($1, 'x', 'deleted', '{}', now(), now())`,
      values: [id],
    });
  const insertAccount = (id: string): Promise<unknown> =>
    server.connected.db.query({
      name: 'test-insert-account',
      text: `insert into accounts (id, status, created_at, updated_at) values ($1, 'active', now(), now())`,
      values: [id],
    });

  it('differ when a developer sends the id of a person with the form', async () => {
    const clientId = await register(await developer(), victim.accountId);
    expect(clientId).to.match(GENERATED);
    expect(await server.connected.clients.find(victim.accountId)).to.equal(null);
  });

  it('differ when a developer sends the id of a person to the API', async () => {
    const { accountId } = await createPerson(server.connected);
    const visitor = visitorAt(server.url);
    await visitor.get('/developer/apps');
    await signIn(visitor, victim);
    const answer = await visitor.request('/api/v1/clients', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({
        name: 'Chosen',
        applicationType: 'machine',
        id: accountId,
        clientId: accountId,
        draftKey: accountId,
      }),
    });
    const created = (await answer.json()) as { client?: { clientId: string } };
    if (created.client !== undefined) expect(created.client.clientId).to.match(GENERATED);
    expect(await server.connected.clients.find(accountId)).to.equal(null);
  });

  it('are not revealed by the draft key that another developer used', async () => {
    const draftKey = 'c0ffee00-1111-4222-8333-444455556666';
    const [one, other] = [await developer(), await developer()];
    const first = await register(one, draftKey);
    expect(await register(one, draftKey)).to.equal(first);
    const second = await register(other, draftKey);
    expect(second).to.match(GENERATED).and.not.equal(first);
  });

  it('do not follow the draft key of a new secret', async () => {
    const visitor = await developer();
    await visitor.get('/developer/apps/new?type=machine');
    await visitor.submitForm(FORM, { name: 'Secrets' });
    const shown = visitor.page.document.querySelectorAll('main form code').map(({ text }) => text);
    const clientId = shown[0] ?? '';
    await visitor.get(`/developer/apps/${clientId}/secrets`);
    await visitor.submitForm(`form[action$="/secrets"]`, {
      overlap: 'keep',
      draftKey: victim.accountId,
    });
    const ids = await server.connected.db.query<{ id: string }>({
      name: 'test-secret-ids',
      text: 'select id from client_secrets where client_id = $1',
      values: [clientId],
    });
    expect(ids).to.have.length(2);
    expect(ids.map(({ id }) => id)).not.to.include(victim.accountId);
  });

  it('cannot be equal in the database, whichever row comes first', async () => {
    const refused = async (insert: Promise<unknown>): Promise<boolean> =>
      insert.then(
        () => false,
        () => true,
      );
    expect(await refused(insertClient(victim.accountId))).to.equal(true);
    expect(await refused(insertClient(victim.accountId.toUpperCase()))).to.equal(true);
    const old = 'c0ffee00-1111-4222-8333-444455550000';
    await insertClient(old);
    expect(await refused(insertAccount(old))).to.equal(true);
  });

  it('are never reused, also after the app is deleted', async () => {
    const { clients } = server.connected;
    const create = () =>
      clients.createNamed({
        clientId: 'named-once',
        ownerAccountId: victim.accountId,
        applicationType: 'machine',
        name: 'Named once',
        redirectUris: [],
      });
    await create();
    const manager = { accountId: victim.accountId, isAdministrator: false };
    await clients.remove({ clientId: 'named-once', manager });
    expect((await failureOf(create())).code).to.equal('client_id_taken');
  });

  it('are named by seeds only', () => {
    const callers = fs
      .readdirSync(path.join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        fs.readFileSync(path.join(PROJECT, 'src', file), 'utf8').includes('.createNamed('),
      );
    expect(callers).to.deep.equal([]);
  });
});
