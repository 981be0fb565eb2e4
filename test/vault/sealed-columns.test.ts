import { expect } from 'chai';

import { SEALED_COLUMNS } from '../../src/server/sealed-columns.ts';
import type { Sealer } from '../../src/platform/keys/encryption.ts';
import type { SealedColumn } from '../../src/platform/keys/sealed-column.ts';
import { camelCase } from '../../src/platform/postgres/sql.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { liveFully, type FullLife } from '../support/people/full-life.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

interface Sealed {
  readonly column: SealedColumn;
  readonly row: Record<string, unknown>;
  readonly bytes: Buffer;
  readonly context: string;
}

const nameOf = ({ table, column }: SealedColumn) => `${table}.${column}`;
// Fingerprints and keyed indexes cannot be opened.
const ONE_WAY = /(?:fingerprint|_index|hash|password_peppers\.check_value)$/;
// The key is in the link of a mail only, so no key of the server opens them.
const BY_LINK = new Set(['account_alerts.recipient']);
// Keys that only verify, and random names of a passkey and its owner: none of them lets a reader sign in.
const PASSKEY_PUBLIC = new Set([
  'passkey_owners.user_handle',
  'passkeys.credential_id',
  'passkeys.public_key',
]);
// Logos of apps: every visitor may see them.
const PUBLIC = new Set(['client_logos.png', 'client_logos.webp']);

describe('Every sealed column of the schema', function () {
  this.timeout(60_000);
  let clock: SettableClock;
  let server: TestServer;
  let life: FullLife;
  let values: Sealed[];
  const accountSealers = new Map<string, Sealer>();
  const leafSealers = new Map<string, Sealer>();

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    clock.advance(2 * 86_400);
    await server.connected.transientKeys.renew();
    clock.advance(-2 * 86_400);
    life = await liveFully(server);
    values = (await Promise.all(SEALED_COLUMNS.map(readAll))).flat();
    await openAccountKeys();
  });
  after(() => server?.stop());

  async function readAll(column: SealedColumn): Promise<Sealed[]> {
    const join =
      column.table === 'account_export_chunks'
        ? ' join account_exports on account_exports.id = account_export_chunks.export_id'
        : '';
    const rows = await server.connected.db.query<Record<string, unknown>>({
      name: `test-read-${nameOf(column)}`,
      text: `select * from ${column.table}${join} where length(${column.column}) > 0`,
      values: [],
      hasCamelCaseRows: true,
    });
    return rows.map((row) => ({
      column,
      row,
      bytes: row[camelCase(column.column)] as Buffer,
      context: column.contextOf(row),
    }));
  }

  async function openAccountKeys(): Promise<void> {
    const { db, vault, keyStore } = server.connected;
    const rows = await db.query<{ account_id: string; leaf: string }>({
      name: 'test-read-keys',
      text: 'select account_id, leaf::text from account_keys',
    });
    for (const { account_id: id, leaf } of rows) {
      accountSealers.set(id, (await vault.findSealer(id)) as Sealer);
      leafSealers.set(id, keyStore.sealerOf(Number(leaf)));
    }
  }

  function allSealers(): Sealer[] {
    const { masterSealer, transientSealer } = server.connected;
    return [masterSealer, transientSealer, ...leafSealers.values(), ...accountSealers.values()];
  }

  function sealersOf({ column, row }: Sealed): Sealer[] {
    if (column.sealedBy === 'master') return [server.connected.masterSealer];
    if (column.sealedBy === 'transient') return [server.connected.transientSealer];
    if (column.sealedBy === 'leaf') return [leafSealers.get(String(row['accountId'])) as Sealer];
    const { accountId: id, name } = row as { accountId?: string; name?: string };
    return [accountSealers.get(id ?? name?.split('/')[1] ?? '') as Sealer];
  }

  function opens(sealers: readonly Sealer[], bytes: Buffer, context: string): boolean {
    return sealers.some((sealer) => {
      try {
        sealer.open(bytes, context);
        return true;
      } catch {
        return false;
      }
    });
  }

  it('is listed in SEALED_COLUMNS, so that it is rotated and tested here', async () => {
    const columns = await server.connected.db.query<{ name: string }>({
      name: 'test-bytea-columns',
      text: `select c.relname || '.' || a.attname as name
             from pg_attribute a join pg_class c on c.oid = a.attrelid
             where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
               and a.attnum > 0 and not a.attisdropped
               and (a.atttypid = 'bytea'::regtype or a.attname ~ '^(sealed|wrapped)_')`,
    });
    const expected = columns
      .map(({ name }) => name)
      .filter(
        (name) =>
          !ONE_WAY.test(name) &&
          !PUBLIC.has(name) &&
          !PASSKEY_PUBLIC.has(name) &&
          !BY_LINK.has(name),
      );
    expect(SEALED_COLUMNS.map(nameOf).toSorted()).to.deep.equal(expected.toSorted());
    for (const column of SEALED_COLUMNS.filter(({ sealedBy }) => sealedBy === 'master')) {
      expect(column.key, nameOf(column)).to.be.an('object');
    }
  });

  it('has at least two rows here, and each opens in its own place', () => {
    for (const column of SEALED_COLUMNS) {
      // Empty in new installations: it moved to the key store.
      if (column.table === 'transient_keys') continue;
      const own = values.filter((value) => value.column === column);
      expect(own.length, nameOf(column)).to.be.at.least(2);
      for (const value of own) {
        expect(opens(sealersOf(value), value.bytes, value.context), nameOf(column)).to.equal(true);
      }
    }
  });

  it('opens in no other row, of the same account or another, and in no other column', () => {
    const sealers = allSealers();
    let tried = 0;
    for (const from of values) {
      for (const to of values) {
        if (from === to || from.context === to.context) continue;
        tried += 1;
        const where = `${nameOf(from.column)} in ${nameOf(to.column)}`;
        expect(opens(sealers, from.bytes, to.context), where).to.equal(false);
      }
    }
    const contexts = new Set(values.map(({ context }) => context));
    expect(contexts.size, 'no two rows share a place').to.equal(values.length);
    expect(tried).to.be.above(1_000);
  });

  it('does not open after two rows were swapped', async () => {
    const { db, vault } = server.connected;
    const [person] = life.people;
    const [one, other] = person.attributeIds['name'] ?? [];
    await db.query({
      name: 'test-swap',
      text: `update attributes as target set sealed_value = source.sealed_value
             from attributes as source
             where (target.id, source.id) in (($1::uuid, $2::uuid), ($2::uuid, $1::uuid))`,
      values: [one, other],
    });
    const failure = await vault.listAttributes(person.accountId).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(Error);
  });
});
