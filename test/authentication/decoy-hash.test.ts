import { setTimeout as nextTurn } from 'node:timers/promises';

import { expect } from 'chai';

import { parseImportedHash, decoyFor } from '../../src/authentication/passwords/imported-hash.ts';
import { createDecoyHash } from '../../src/authentication/passwords/decoy-hash.ts';
import { fingerprint } from '../../src/platform/keys/encryption.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { settableClock } from '../support/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

const KEY = Buffer.alloc(32, 5);

describe('the decoy hash of an unknown address', () => {
  let database: TestDatabase;
  let db: Postgres;

  beforeEach(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 2, applicationName: 'test' });
  });

  afterEach(async () => {
    await db.close();
    await database.drop();
  });

  async function addPasswords(count: number, scheme: string | null): Promise<void> {
    await db.pool.query(
      `with made as (insert into accounts (id, status, created_at, updated_at)
         select gen_random_uuid(), 'active', now(), now() from generate_series(1, $1) returning id)
       insert into password_credentials (account_id, hash, scheme, changed_at)
       select id, 'x', $2, now() from made`,
      [count, scheme],
    );
  }

  async function kinds(
    choose: (index: Buffer) => Promise<string | null>,
  ): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (let turn = 0; turn < 2_000; turn += 1) {
      const hash = await choose(fingerprint(`address ${String(turn)}`));
      const kind = hash === null ? 'ours' : (parseImportedHash(hash)?.scheme ?? 'not understood');
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  it('is a hash of this server while nothing was imported', async () => {
    await addPasswords(3, null);
    const counts = await kinds(createDecoyHash({ db, clock: settableClock(), key: KEY }));
    expect([...counts]).to.deep.equal([['ours', 2_000]]);
  });

  it('has each scheme as often as the accounts', async () => {
    await addPasswords(50, null);
    await addPasswords(30, 'bcrypt:12');
    await addPasswords(20, 'pbkdf2-sha256:600000');
    const counts = await kinds(createDecoyHash({ db, clock: settableClock(), key: KEY }));
    expect(counts.get('ours')).to.be.within(900, 1_100);
    expect(counts.get('bcrypt:12')).to.be.within(500, 700);
    expect(counts.get('pbkdf2-sha256:600000')).to.be.within(320, 480);
  });

  it('is the same for an address each time, on every node', async () => {
    await addPasswords(1, null);
    await addPasswords(1, 'bcrypt:10');
    const nodes = [1, 2].map(() => createDecoyHash({ db, clock: settableClock(), key: KEY }));
    for (let turn = 0; turn < 50; turn += 1) {
      const index = fingerprint(`somebody ${String(turn)}`);
      const answers = await Promise.all([...nodes, ...nodes].map((choose) => choose(index)));
      expect(new Set(answers)).to.have.property('size', 1);
    }
  });

  it('follows the share of hashes that sign-ins renew, within minutes', async () => {
    await addPasswords(10, 'bcrypt:10');
    const clock = settableClock();
    const choose = createDecoyHash({ db, clock, key: KEY });
    const index = fingerprint('somebody');
    expect(await choose(index)).to.equal(decoyFor('bcrypt:10'));
    await db.pool.query('update password_credentials set scheme = null');
    clock.advance(601);
    await choose(index);
    for (let turn = 0; (await choose(index)) !== null; turn += 1) {
      if (turn > 500) throw new Error('it still is the old kind');
      await nextTurn(10);
    }
  });
});
