import { expect } from 'chai';

import { camelCase } from '../../src/platform/postgres/sql.ts';
import { createSealer, type Sealer } from '../../src/platform/keys/encryption.ts';
import { SEALED_COLUMNS } from '../../src/server/sealed-columns.ts';
import { transientKeyContext } from '../../src/platform/keys/transient-keys.ts';
import { findAccountSealer } from '../../src/vault/keys/find-account-sealer.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { liveFully, type FullLife } from '../support/people/full-life.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { copyDatabase, everyCell, restoreDatabase, type DatabaseCopy } from './database-copy.ts';

const DAY = 86_400;

type Db = TestServer['connected']['db'];

describe('An old dump with the secrets and the key store of today', function () {
  this.timeout(90_000);
  let clock: SettableClock;
  let server: TestServer;
  let life: FullLife;
  let backup: DatabaseCopy;
  let keysOfThen: readonly Sealer[];

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    life = await liveFully(server);
    backup = await copyDatabase(server.connected.db);
    keysOfThen = await keysFor(server.connected.db);
  });
  after(() => server?.stop());

  /** Everything that the secrets and the key store of this moment open in `db`. */
  async function keysFor(db: Db): Promise<readonly Sealer[]> {
    const { masterSealer, keyStore } = server.connected;
    const parts = { db, masterSealer, leaves: keyStore };
    const accounts = await db.query<{ account_id: string }>({
      name: 'test-account-keys',
      text: 'select account_id from account_keys',
    });
    const transient = await keyStore.db.query<{ version: number; wrapped_key: Buffer }>({
      name: 'test-transient-keys',
      text: 'select version, wrapped_key from key_store.transient_keys',
    });
    const ofAccounts = await Promise.all(
      accounts.map(({ account_id: id }) => findAccountSealer(parts, id)),
    );
    return [
      masterSealer,
      keyStore.sealer,
      ...transient.map(({ version, wrapped_key: wrapped }) =>
        createSealer([
          { version, key: keyStore.sealer.open(wrapped, transientKeyContext(version)) },
        ]),
      ),
      ...ofAccounts.filter((sealer) => sealer !== null),
    ];
  }

  /** Where a value can be read: in clear, inside bytes, or by opening something with any key there is. */
  async function findSecrets(
    db: Db,
    secrets: readonly string[],
    keysOfThen?: readonly Sealer[],
  ): Promise<string[]> {
    const sealers = keysOfThen ?? (await keysFor(db));
    const exports = await db.query<{ id: string; account_id: string }>({
      name: 'test-exports',
      text: 'select id, account_id from account_exports',
    });
    const ownerOf = new Map(exports.map(({ id, account_id: owner }) => [id, owner]));
    const found = new Set<string>();
    const look = (text: string, where: string): void => {
      for (const secret of secrets) if (text.includes(secret)) found.add(`${where}: ${secret}`);
    };
    for (const { where, text, bytes, row } of await everyCell(db)) {
      look(text, where);
      if (bytes === null) continue;
      look(Buffer.from(text, 'base64').toString('latin1'), where);
      const column = SEALED_COLUMNS.find((known) => `${known.table}.${known.column}` === where);
      if (column === undefined) continue;
      const accountId = row['account_id'] ?? ownerOf.get(String(row['export_id']));
      const cells = Object.entries(row).map(([name, cell]) => [camelCase(name), cell] as const);
      const context = column.contextOf({ ...Object.fromEntries(cells), accountId });
      for (const sealer of sealers) {
        const opened = tryToOpen(sealer, bytes, context);
        if (opened !== null) look(opened, where);
      }
    }
    return [...found].toSorted();
  }

  function tryToOpen(sealer: Sealer, bytes: Buffer, context: string): string | null {
    try {
      return sealer.open(bytes, context).toString('utf8');
    } catch {
      return null;
    }
  }

  it('shows all values with the old key store, which proves that the search works', async () => {
    const { database, db } = await restoreDatabase(backup);
    try {
      const found = await findSecrets(db, life.secrets);
      const places = new Set(found.map((line) => line.split(':')[0]));
      expect([...places]).to.include.members([
        'attributes.sealed_value',
        'interactions.sealed_payload',
        'one_time_codes.sealed_address',
        'outgoing_messages.sealed_message',
        'outgoing_sms.sealed_message',
        'records.sealed_content',
      ]);
      for (const secret of life.secrets) expect(found.join('\n')).to.include(secret);
      expect([...places].filter((place) => !/\.sealed_/.test(place ?? ''))).to.deep.equal([]);
    } finally {
      await db.close();
      await database.drop();
    }
  });

  it('shows no value of a purged person', async () => {
    const { connected } = server;
    const [person, other] = life.people;
    await connected.deletions.delete({ accountId: person.accountId, locale: 'en' });
    // A month of the clock, with the job that looks after the keys once a day.
    for (let day = 0; day < 34; day += 1) {
      clock.advance(DAY);
      await connected.transientKeys.renew();
      if (day === 30) expect(await connected.deletions.purgeDue()).to.equal(1);
    }
    const { database, db } = await restoreDatabase(backup);
    try {
      expect(await findSecrets(db, life.secrets)).to.deep.equal([]);
      const others = await findSecrets(db, [other.email]);
      expect(others, 'the values of others').to.include(`attributes.sealed_value: ${other.email}`);
      const then = await findSecrets(db, life.secrets, keysOfThen);
      for (const secret of life.secrets) expect(then.join('\n')).to.include(secret);
    } finally {
      await db.close();
      await database.drop();
    }
    expect(await findSecrets(connected.db, life.secrets), 'the database of today').to.deep.equal(
      [],
    );
  });
});
