import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import pg from 'pg';

import type { Client, Manager } from '../../src/clients/index.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson } from '../support/people/people.ts';
import { openTwoNodes, type TwoNodes } from './open-services.ts';
import { isTrueWithin } from '../support/wait-for.ts';

describe('secrets of an app', () => {
  let nodes: TwoNodes;
  let owner: Manager;
  let client: Client;
  let first: string;

  const verifies = (secret: string): Promise<boolean> =>
    nodes.here.clients.verifySecret(client.id, secret);

  before(async () => {
    nodes = await openTwoNodes();
    const person = await createPerson(nodes.here);
    owner = { accountId: person.accountId, isAdministrator: false };
  });
  after(() => nodes.close());

  beforeEach(async () => {
    const created = await nodes.here.clients.create({
      ownerAccountId: owner.accountId,
      applicationType: 'web',
      name: 'Bookshop',
      redirectUris: ['https://bookshop.example/callback'],
    });
    client = created.client;
    first = created.secret?.secret ?? '';
  });

  it('are 256 random bits that work on every node', async () => {
    expect(Buffer.from(first, 'base64url')).to.have.length(32);
    expect(await verifies(first)).to.equal(true);
    expect(await nodes.there.clients.verifySecret(client.id, first)).to.equal(true);
  });

  it('are refused after any change', async () => {
    for (const wrong of ['', `${first} `, first.slice(1), first.toLowerCase(), 'x'.repeat(43)]) {
      expect(await verifies(wrong)).to.equal(false);
    }
    expect(await nodes.here.clients.verifySecret('nobody', first)).to.equal(false);
  });

  it('are not in the database, except a fingerprint and the last four characters (K-01)', async () => {
    const dump = await dumpEverything(nodes.databaseUrl);
    expect(dump).to.include(client.id);
    expect(dump).not.to.include(first);
    expect(dump).not.to.include(first.slice(0, 12));
    const [summary] = await nodes.here.clients.listSecrets({ clientId: client.id, manager: owner });
    expect(summary?.hint).to.equal(first.slice(-4));
    expect(JSON.stringify(summary)).not.to.include(first.slice(0, 12));
  });

  it('work side by side for the overlap the developer chose, and then the old one does not', async () => {
    const second = await nodes.here.clients.rotateSecret({
      clientId: client.id,
      manager: owner,
      overlapSeconds: 3_600,
    });
    expect(await isTrueWithin(() => verifies(second.secret))).to.equal(true);
    expect(await verifies(first)).to.equal(true);
    nodes.clock.advance(3_599);
    expect(await verifies(first)).to.equal(true);
    nodes.clock.advance(1);
    expect(await verifies(first)).to.equal(false);
    expect(await verifies(second.secret)).to.equal(true);
  });

  it('end at once, on every node, when there is no overlap', async () => {
    const second = await nodes.here.clients.rotateSecret({
      clientId: client.id,
      manager: owner,
      overlapSeconds: 0,
    });
    const isRefused = async (): Promise<boolean> =>
      !(await nodes.there.clients.verifySecret(client.id, first));
    expect(await isTrueWithin(isRefused)).to.equal(true);
    expect(await isTrueWithin(() => verifies(second.secret))).to.equal(true);
  });

  it('can be removed one by one', async () => {
    const second = await nodes.here.clients.rotateSecret({
      clientId: client.id,
      manager: owner,
      overlapSeconds: null,
    });
    await nodes.here.clients.removeSecret({
      clientId: client.id,
      manager: owner,
      secretId: second.id,
    });
    expect(await isTrueWithin(async () => !(await verifies(second.secret)))).to.equal(true);
    expect(await verifies(first)).to.equal(true);
    const again = nodes.here.clients.removeSecret({
      clientId: client.id,
      manager: owner,
      secretId: second.id,
    });
    // A repeated request, as after a lost answer.
    await again;
    const unknown = nodes.here.clients.removeSecret({
      clientId: client.id,
      manager: owner,
      secretId: client.id,
    });
    expect(await codeOf(unknown)).to.equal('secret_not_found');
  });

  it('are five at most', async () => {
    const add = { clientId: client.id, manager: owner, overlapSeconds: null };
    for (let count = 1; count < 5; count += 1) await nodes.here.clients.rotateSecret(add);
    expect(await codeOf(nodes.here.clients.rotateSecret(add))).to.equal('too_many_secrets');
  });

  it('record their last use, at most once a minute', async () => {
    const lastUsed = async (): Promise<number | undefined> => {
      const [secret] = await nodes.here.clients.listSecrets({
        clientId: client.id,
        manager: owner,
      });
      return secret?.lastUsedAt?.getTime();
    };
    await verifies(first);
    const noted = nodes.clock.now().getTime();
    expect(await isTrueWithin(async () => (await lastUsed()) === noted)).to.equal(true);
    nodes.clock.advance(59);
    await verifies(first);
    nodes.clock.advance(1);
    await verifies(first);
    expect(await isTrueWithin(async () => (await lastUsed()) === noted + 60_000)).to.equal(true);
  });

  it('are refused while the app is suspended', async () => {
    await nodes.here.clients.setStatus({
      clientId: client.id,
      manager: owner,
      status: 'suspended',
    });
    expect(await isTrueWithin(async () => !(await verifies(first)))).to.equal(true);
  });

  it('are deleted when the app signs with its own keys instead', async () => {
    const changed = await nodes.here.clients.change({
      clientId: client.id,
      manager: owner,
      changes: { tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [PUBLIC_KEY] } },
    });
    expect(changed.secretFingerprints).to.deep.equal([]);
    expect(await isTrueWithin(async () => !(await verifies(first)))).to.equal(true);
    const rotation = nodes.here.clients.rotateSecret({
      clientId: client.id,
      manager: owner,
      overlapSeconds: 0,
    });
    expect(await codeOf(rotation)).to.equal('client_has_no_secret');
  });

  it('are created once per form', async () => {
    const draftKey = randomUUID();
    const rotate = () =>
      nodes.here.clients.rotateSecret({
        clientId: client.id,
        manager: owner,
        overlapSeconds: 60,
        draftKey,
      });
    await rotate();
    expect((await failureOf(rotate())).code).to.equal('draft_used');
  });

  it('have an overlap of seven days at most', async () => {
    const rotation = nodes.here.clients.rotateSecret({
      clientId: client.id,
      manager: owner,
      overlapSeconds: 604_801,
    });
    expect(await codeOf(rotation)).to.equal('overlap_out_of_range');
  });
});

const PUBLIC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  kid: 'one',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error as { code: string }).code,
  );
}

/** Every row of every table as text, the way a stolen dump shows them. */
async function dumpEverything(url: string): Promise<string> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    const { rows: tables } = await db.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const parts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await db.query(`select t::text as line from "${name}" t`);
      parts.push(...rows.map(({ line }: { line: string }) => line));
    }
    return parts.join('\n');
  } finally {
    await db.end();
  }
}
