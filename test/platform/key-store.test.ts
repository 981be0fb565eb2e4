import { expect } from 'chai';

import { createSealer } from '../../src/platform/keys/encryption.ts';
import { openKeyStore, type KeyStore } from '../../src/platform/keys/key-store.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { TEST_MASTER_KEYS } from '../support/config.ts';

const LEAVES = Array.from({ length: 40 }, (_, leaf) => leaf);

describe('The key store', () => {
  let database: TestDatabase;
  let db: Postgres;
  const opened: KeyStore[] = [];

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 4, applicationName: 'key-store-test' });
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  after(async () => {
    await db?.close();
    await database?.drop();
  });

  async function open(): Promise<KeyStore> {
    const keyring = { keys: () => TEST_MASTER_KEYS };
    const masterSealer = createSealer(TEST_MASTER_KEYS);
    const store = await openKeyStore({ url: database.url, db, keyring, masterSealer });
    opened.push(store);
    return store;
  }

  const survivorsOf = (store: KeyStore) => LEAVES.filter((leaf) => !store.isDestroyed(leaf));

  async function run(text: string): Promise<number> {
    const { rowCount } = await db.pool.query(text);
    return rowCount ?? 0;
  }

  it('applies a destruction at running nodes and at nodes that start later', async () => {
    const [first, second] = [await open(), await open()];
    await first.destroy([0, 3, 4]);
    await second.refresh();
    await second.destroy([4, 5]);
    await first.refresh();
    const left = LEAVES.filter((leaf) => ![0, 3, 4, 5].includes(leaf));
    expect(survivorsOf(first)).to.deep.equal(left);
    expect(survivorsOf(second)).to.deep.equal(left);
    expect(survivorsOf(await open())).to.deep.equal(left);
  });

  it('lists destroyed leaves for a day, and a node without updates for longer reads the whole tree', async () => {
    const [asleep, awake] = [await open(), await open()];
    const sealed = asleep.sealerOf(20).seal('value', 'place');
    await awake.destroy([10, 11]);
    await awake.destroy([12]);
    await run(`update key_store.destroyed_leaves set destroyed_at = now() - interval '25 hours'`);
    await awake.wipe();
    expect(await run('select from key_store.destroyed_leaves')).to.equal(1);

    await asleep.refresh();
    expect(survivorsOf(asleep)).to.deep.equal(survivorsOf(awake));
    expect(asleep.isDestroyed(11)).to.equal(true);
    expect(asleep.sealerOf(20).open(sealed, 'place').toString()).to.equal('value');
  });

  it('keeps leaves destroyed within the last day listed', async () => {
    const store = await open();
    await store.destroy([13]);
    await run(`update key_store.destroyed_leaves set destroyed_at = now() - interval '23 hours'`);
    await store.destroy([14]);
    const before = await run('select from key_store.destroyed_leaves');
    await store.wipe();
    expect(await run('select from key_store.destroyed_leaves')).to.equal(before);
  });

  it('waits for readers of the tree longer than the statement timeout of requests', async () => {
    const store = await open();
    const reader = await db.pool.connect();
    await reader.query('begin');
    await reader.query('select from key_store.tree_nodes');
    const wiping = store.wipe();
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    await reader.query('commit');
    reader.release();
    await wiping;
  }).timeout(20_000);
});
