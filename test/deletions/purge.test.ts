import { expect } from 'chai';

import { createDeletions, type Deletions } from '../../src/deletions/index.ts';
import { ACCOUNT_TABLES } from '../../src/deletions/account-tables.ts';
import { releaseOf } from '../ledger/open-ledger.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { DAY_SECONDS, openDeletionScene, type DeletionScene } from './deletion-scene.ts';

const DESTROYED = 'Your data has been destroyed';

describe('Purging deleted accounts', function () {
  this.timeout(30_000);
  let scene: DeletionScene;

  before(async () => {
    scene = await openDeletionScene();
  });
  after(() => scene?.stop());

  const rowsOf = async (table: string, column: string, accountId: string): Promise<number> => {
    const [row] = await scene.server.connected.db.query<{ count: number }>({
      name: `test-rows-${table}-${column}`,
      text: `select count(*)::int as count from ${table} where ${column} = $1`,
      values: [accountId],
    });
    return row?.count ?? 0;
  };

  async function deletedPerson(): Promise<TestPerson> {
    const { person, visitor, tokens } = await scene.connectedPerson();
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await fetch(`${scene.server.url}/userinfo`, { headers })).status).to.equal(200);
    await scene.deleteOnPage(visitor);
    return person;
  }

  /** The same use cases with one failing dependency. */
  function broken(changes: Partial<Parameters<typeof createDeletions>[0]>): Deletions {
    const { connected, config } = scene.server;
    return createDeletions({ ...connected, issuer: config.issuer, retentionDays: 30, ...changes });
  }

  it('starts only after the retention time', async () => {
    const person = await deletedPerson();
    scene.clock.advance(30 * DAY_SECONDS - 60);
    await scene.server.connected.deletions.purgeDue();
    expect(await scene.server.connected.vault.listAttributes(person.accountId)).not.to.be.empty;
    scene.clock.advance(-30 * DAY_SECONDS + 60);
  });

  it('destroys the key and every row, releases the addresses, and never reuses the id', async () => {
    const person = await deletedPerson();
    const { connected } = scene.server;
    scene.clock.advance(31 * DAY_SECONDS);
    try {
      expect(await connected.deletions.purgeDue()).to.be.at.least(1);
    } finally {
      scene.clock.advance(-31 * DAY_SECONDS);
    }
    for (const { table, column, fate } of ACCOUNT_TABLES) {
      if (fate === 'keep' || table === 'audit_events') continue;
      expect(await rowsOf(table, column, person.accountId), `${table}.${column}`).to.equal(0);
    }
    expect(await connected.accounts.find(person.accountId)).to.equal(null);
    expect(await connected.vault.findIdentifier({ kind: 'email', value: person.email })).to.equal(
      null,
    );
    const again = await createPerson(connected, { email: person.email });
    expect(again.accountId).not.to.equal(person.accountId);
    const revived = connected.db.query({
      name: 'test-revive',
      text: `insert into accounts (id, status, created_at, updated_at) values ($1, 'active', now(), now())`,
      values: [person.accountId],
    });
    expect(
      await revived.then(
        () => 'taken',
        () => 'refused',
      ),
    ).to.equal('refused');
  });

  it('causes no finding in the ledger', async () => {
    const { accountId } = await deletedPerson();
    const { ledger, deletions } = scene.server.connected;
    await ledger.append(releaseOf(accountId));
    await ledger.append(releaseOf(accountId));
    expect(await ledger.signCheckpoints()).not.to.be.empty;
    scene.clock.advance(31 * DAY_SECONDS);
    try {
      expect(await deletions.purgeDue()).to.be.at.least(1);
    } finally {
      scene.clock.advance(-31 * DAY_SECONDS);
    }
    expect(await ledger.list({ accountId, limit: 10 })).to.deep.equal([]);
    expect((await ledger.verify({})).findings).to.equal(0);
  });

  it('keeps audit events without network address and browser', async () => {
    const { db } = scene.server.connected;
    const rows = await db.query<{ kind: string; ip: string | null; user_agent: string | null }>({
      name: 'test-audit-of-purged',
      text: `select kind, ip, user_agent from audit_events
             where account_id is not null and not exists (select from accounts where id = account_id)`,
    });
    expect(rows.map(({ kind }) => kind)).to.include('account.deleted');
    for (const { ip, user_agent: agent } of rows) expect([ip, agent]).to.deep.equal([null, null]);
  });

  it('mails a signed receipt that can be verified only unchanged', async () => {
    const person = await deletedPerson();
    const { connected, url } = scene.server;
    scene.clock.advance(31 * DAY_SECONDS);
    await connected.deletions.purgeDue();
    scene.clock.advance(-31 * DAY_SECONDS);
    const mail = await scene.mailTo(person, DESTROYED);
    const [jws = ''] = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(mail.text) ?? [];
    const reference = /Deletion number: ([\da-f-]{36})/.exec(mail.text)?.[1];
    const verify = async (receipt: string): Promise<Record<string, unknown>> => {
      const answer = await fetch(`${url}/api/v1/deletion-receipts/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ receipt }),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    const verdict = await verify(jws);
    expect(verdict).to.deep.include({ isValid: true, isKnown: true });
    expect(verdict).to.have.nested.property('receipt.reference', reference);
    expect(verdict).to.have.nested.property('receipt.destroyed.values', 2);
    expect(verdict).to.have.nested.property('receipt.destroyed.key.masterKeyVersion', 1);
    const [header, payload = '', signature] = jws.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    expect(JSON.stringify(claims))
      .not.to.include(person.accountId)
      .and.not.to.include(person.email);
    const forged = Buffer.from(JSON.stringify({ ...claims, jti: 'x' })).toString('base64url');
    expect(await verify([header, forged, signature].join('.'))).to.deep.equal({ isValid: false });
    const otherKind = await connected.signer.sign(claims, { typ: 'JWT' });
    expect(await verify(otherKind)).to.deep.equal({ isValid: false });
    const [row] = await connected.db.query({
      name: 'test-receipt-row',
      text: 'select * from deletion_receipts where reference = $1',
      values: [reference],
    });
    expect(JSON.stringify(row)).not.to.include(person.accountId);
  });

  it('is finished by the next run after an interruption', async () => {
    const person = await deletedPerson();
    const { connected } = scene.server;
    const fail = () => Promise.reject(new Error('power cut'));
    scene.clock.advance(31 * DAY_SECONDS);
    try {
      for (const changes of [
        { signer: { ...connected.signer, sign: fail } },
        { mailer: { enqueue: fail } },
        { vault: { ...connected.vault, destroyKey: fail } },
        { accounts: { ...connected.accounts, remove: fail } },
      ]) {
        const failure = await broken(changes)
          .purgeDue()
          .catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(AggregateError);
        const values = await connected.vault.listAttributes(person.accountId);
        expect(values.map(({ value }) => value)).to.include(person.email);
        expect((await connected.accounts.find(person.accountId))?.status).to.equal('deleted');
      }
      const results = await Promise.all([
        connected.deletions.purgeDue(),
        connected.deletions.purgeDue(),
      ]);
      expect(results[0] + results[1], 'by exactly one of two nodes').to.equal(1);
    } finally {
      scene.clock.advance(-31 * DAY_SECONDS);
    }
    await scene.mailTo(person, DESTROYED);
    const mails = scene.mail.messages.filter(
      ({ to, subject }) => to.includes(person.email) && subject === DESTROYED,
    );
    expect(mails).to.have.length(1);
  });

  it('continues after an account that cannot be purged', async () => {
    const [stuck, other] = [await deletedPerson(), await deletedPerson()];
    const { connected } = scene.server;
    scene.clock.advance(31 * DAY_SECONDS);
    try {
      const destroyKey = (tx: Parameters<typeof connected.vault.destroyKey>[0], id: string) =>
        id === stuck.accountId
          ? Promise.reject(new Error('stuck'))
          : connected.vault.destroyKey(tx, id);
      const run = broken({ vault: { ...connected.vault, destroyKey } }).purgeDue();
      expect(await run.catch((error: unknown) => error)).to.be.instanceOf(AggregateError);
      expect(await connected.accounts.find(other.accountId)).to.equal(null);
      expect((await connected.accounts.find(stuck.accountId))?.status).to.equal('deleted');
      expect(await connected.deletions.purgeDue()).to.equal(1);
    } finally {
      scene.clock.advance(-31 * DAY_SECONDS);
    }
  });

  it('suspends the apps whose only owner was the person', async () => {
    const { person, visitor } = await scene.connectedPerson();
    const { connected } = scene.server;
    const { client } = await connected.clients.create({
      ownerAccountId: person.accountId,
      applicationType: 'web',
      name: 'Weather station',
      redirectUris: ['https://weather.example/callback'],
      scopes: ['openid'],
    });
    await scene.deleteOnPage(visitor);
    expect((await connected.clients.find(client.id))?.status).to.equal('active');
    scene.clock.advance(31 * DAY_SECONDS);
    await connected.deletions.purgeDue();
    scene.clock.advance(-31 * DAY_SECONDS);
    expect((await connected.clients.find(client.id))?.status).to.equal('suspended');
  });
});

describe('Purging without a retention time', function () {
  this.timeout(30_000);

  it('starts at once, through the queue', async () => {
    const scene = await openDeletionScene({ deletionRetentionDays: 0 });
    try {
      const { person, visitor } = await scene.connectedPerson();
      await visitor.get(`${scene.server.url}/account/delete`);
      expect(visitor.page.text).to.include('Within minutes');
      await visitor.submitForm('form[action="/account/delete"]', { confirmation: 'Delete' });
      expect(visitor.page.text).to.include('It is being destroyed now');
      await scene.mailTo(person, DESTROYED);
      expect(await scene.server.connected.accounts.find(person.accountId)).to.equal(null);
    } finally {
      await scene.stop();
    }
  });
});

describe('Tables with data of an account', () => {
  let scene: DeletionScene;

  before(async () => {
    scene = await openDeletionScene();
  });
  after(() => scene?.stop());

  it('are all listed with their treatment by a purge', async () => {
    const columns = await scene.server.connected.db.query<{ name: string }>({
      name: 'test-account-columns',
      text: `select c.relname || '.' || a.attname as name
             from pg_attribute a join pg_class c on c.oid = a.attrelid
             where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
               and a.attnum > 0 and not a.attisdropped and a.attname ~ '(account_id|actor_id|_by)$'
               and format_type(a.atttypid, null) = 'uuid'
             union
             select c.relname || '.' || a.attname
             from pg_constraint f join pg_class c on c.oid = f.conrelid
               join pg_attribute a on a.attrelid = c.oid and a.attnum = any(f.conkey)
             where f.contype = 'f' and f.confrelid = 'accounts'::regclass`,
    });
    const listed = ACCOUNT_TABLES.map(({ table, column }) => `${table}.${column}`);
    expect(listed.toSorted()).to.deep.equal(columns.map(({ name }) => name).toSorted());
  });

  it('are removed with the account if the list contains cascade', async () => {
    const cascading = await scene.server.connected.db.query<{ name: string }>({
      name: 'test-cascading-columns',
      text: `select c.relname || '.' || a.attname as name
             from pg_constraint f join pg_class c on c.oid = f.conrelid
               join pg_attribute a on a.attrelid = c.oid and a.attnum = any(f.conkey)
             where f.contype = 'f' and f.confdeltype = 'c'
               and f.confrelid in ('accounts'::regclass, 'passkey_owners'::regclass)`,
    });
    const listed = ACCOUNT_TABLES.filter(({ fate }) => fate === 'cascade');
    expect(cascading.map(({ name }) => name).toSorted()).to.deep.equal(
      listed.map(({ table, column }) => `${table}.${column}`).toSorted(),
    );
  });
});
