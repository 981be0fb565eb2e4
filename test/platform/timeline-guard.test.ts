import { expect } from 'chai';

import { createSealer } from '../../src/platform/keys/encryption.ts';
import { openKeyStore, type KeyStore } from '../../src/platform/keys/key-store.ts';
import {
  openPostgres,
  type Database,
  type Postgres,
} from '../../src/platform/postgres/postgres.ts';
import {
  openTimelineGuard,
  type TimelineGuard,
} from '../../src/platform/postgres/timeline-guard.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { TEST_MASTER_KEYS } from '../support/config.ts';

describe('The timeline guard', () => {
  let database: TestDatabase;
  let db: Postgres;
  let keyStore: KeyStore;
  let guard: TimelineGuard;
  /** Simulates a new connection to the main database. */
  let reconnect: () => void;
  /** Runs once, after the next comparison has read the main database. */
  let afterRead: (() => Promise<void>) | null = null;

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 4, applicationName: 'timeline-guard-test' });
    const keyring = { keys: () => TEST_MASTER_KEYS };
    const masterSealer = createSealer(TEST_MASTER_KEYS);
    keyStore = await openKeyStore({ url: database.url, db, keyring, masterSealer });
    const query: Database['query'] = async (statement) => {
      const rows = await db.query(statement);
      if (statement.text.endsWith('from installation')) {
        const run = afterRead;
        afterRead = null;
        await run?.();
      }
      return rows as never;
    };
    guard = await openTimelineGuard({
      db: { ...db, query },
      keyStore,
      feed: {
        onGap: (listener) => {
          reconnect = listener;
          return () => undefined;
        },
        forgetEverything: () => undefined,
      },
      onChange: () => undefined,
      onBeat: () => Promise.resolve(),
    });
  });
  after(async () => {
    await guard?.close();
    await keyStore?.close();
    await db?.close();
    await database?.drop();
  });

  it('compares again when the connection changes during a comparison', async () => {
    await guard.require();
    afterRead = async () => {
      await db.pool.query('update key_store.installation set marker = marker + 1000');
      reconnect();
    };
    reconnect();
    const error: unknown = await guard.require().catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'restore_required');
    expect(guard.isSame()).to.equal(false);
  });
});
