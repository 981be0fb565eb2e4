import type { Connected } from '../../src/server/services.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { openPostgres } from '../../src/platform/postgres/postgres.ts';

type Database = Connected['db'];

/** Every row of every table as text, like a backup. */
export type DatabaseCopy = ReadonlyMap<string, string>;

/** All tables; a partitioned one as a whole. */
async function tablesOf(db: Database): Promise<string[]> {
  const rows = await db.query<{ name: string }>({
    name: 'test-tables',
    text: `select c.oid::regclass::text as name from pg_class c
           where c.relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace) and c.relkind in ('r', 'p') and not c.relispartition
             and c.relname !~ 'knex' order by 1`,
  });
  return rows.map(({ name }) => name);
}

/** Copies everything there is now. */
export async function copyDatabase(db: Database): Promise<DatabaseCopy> {
  const copy = new Map<string, string>();
  for (const name of await tablesOf(db)) {
    const [row] = await db.query<{ rows: string }>({
      name: `test-copy-${name}`,
      text: `select coalesce(json_agg(t), '[]')::text as rows from ${name} as t`,
    });
    copy.set(name, row?.rows ?? '[]');
  }
  return copy;
}

/** Restores a copy into a database of its own. */
export async function restoreDatabase(
  copy: DatabaseCopy,
): Promise<{ database: TestDatabase; db: Database & { close(): Promise<void> } }> {
  const database = await createTestDatabase();
  const db = openPostgres({ url: database.url, poolSize: 2, applicationName: 'restored' });
  await loadCopy(db, copy);
  return { database, db };
}

/** Puts a copy in the place of everything that `db` holds. */
export async function loadCopy(db: Database, copy: DatabaseCopy): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query({
      name: 'test-no-triggers',
      text: 'set local session_replication_role = replica',
    });
    for (const [name, rows] of copy) {
      await tx.query({ name: `test-empty-${name}`, text: `delete from ${name}` });
      await tx.query({
        name: `test-restore-${name}`,
        text: `insert into ${name} overriding system value
               select * from json_populate_recordset(null::${name}, $1::json)`,
        values: [rows],
      });
    }
  });
}

/** Every value of every column of every table: text as it is, bytes as bytes. */
export async function everyCell(
  db: Database,
): Promise<{ where: string; text: string; bytes: Buffer | null; row: Record<string, unknown> }[]> {
  const cells = [];
  for (const name of await tablesOf(db)) {
    const rows = await db.query<Record<string, unknown>>({
      name: `test-read-all-${name}`,
      text: `select * from ${name}`,
    });
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) {
        const bytes = Buffer.isBuffer(value) ? value : null;
        const text =
          bytes?.toString('latin1') ?? (typeof value === 'string' ? value : JSON.stringify(value));
        cells.push({ where: `${name}.${column}`, text: text ?? '', bytes, row });
      }
    }
  }
  return cells;
}
