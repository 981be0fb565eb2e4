import { randomUUID } from 'node:crypto';

import { createLedger, type Ledger, type Release } from '../../src/ledger/index.ts';
import { openChangeFeed } from '../../src/platform/change-feed.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import { createInstallationStore } from '../../src/platform/postgres/installation-store.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { createSigner, type Signer } from '../../src/platform/keys/signer.ts';
import { TEST_MASTER_KEYS } from '../support/config.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { createTestDatabase } from '../support/servers/database.ts';

/** A ledger on a database of its own, with a key to sign with. */
export interface TestLedger {
  readonly url: string;
  readonly db: Postgres;
  readonly clock: SettableClock;
  readonly signer: Signer;
  readonly ledger: Ledger;
  /** Runs any statement, like an attacker with access to the database. */
  tamper(statement: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openLedger(): Promise<TestLedger> {
  const { url, drop } = await createTestDatabase();
  const db = openPostgres({ url, poolSize: 5, applicationName: 'test' });
  const feed = await openChangeFeed({ url, applicationName: 'test' });
  const clock = settableClock(new Date());
  const masterSealer = createSealer(TEST_MASTER_KEYS);
  // Keys to sign with are made for an installation only.
  await createInstallationStore(db).insert(randomUUID());
  const signer = createSigner({ db, feed, masterSealer, clock });
  return {
    url,
    db,
    clock,
    signer,
    ledger: createLedger({ db, clock, signer }),
    tamper: async (statement) => (await db.pool.query(statement)).rows as Record<string, unknown>[],
    close: async () => {
      await feed.close();
      await db.close();
      await drop();
    },
  };
}

/** One reading by an app. */
export function releaseOf(accountId: string, changes: Partial<Release> = {}): Release {
  return {
    accountId,
    clientId: 'bookshop',
    grantId: 'g1',
    channel: 'userinfo',
    claims: ['email', 'email_verified'],
    ip: '192.0.2.1',
    ...changes,
  };
}
