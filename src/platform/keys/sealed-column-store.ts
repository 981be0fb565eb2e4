import type { Database } from '../postgres/postgres.ts';
import type { SealedColumn } from './sealed-column.ts';

/** One sealed value and its row. */
export interface SealedRow {
  /** The primary key as text. */
  readonly key: string;
  readonly sealed: Buffer;
  readonly row: Readonly<Record<string, unknown>>;
}

/** The rows of one sealed column, by the version at the head of each value. */
export interface SealedColumnStore {
  countByVersion(): Promise<ReadonlyMap<number, number>>;
  countOlder(current: number): Promise<number>;
  /** In the order of their keys, from behind `after`. */
  listOlder(input: { current: number; after: string | null; limit: number }): Promise<SealedRow[]>;
  /** Replaces the values that are still as they were read; another writer has changed the others meanwhile. */
  replace(rows: readonly { key: string; before: Buffer; after: Buffer }[]): Promise<void>;
}

/** Names come from our own list of columns. */
export function createSealedColumnStore(
  db: Database,
  { table, column, key }: SealedColumn,
): SealedColumnStore {
  if (key === undefined) throw new Error(`${table} has no key to go through it by`);
  const name = `sealed-${table}-${column}`;
  const isOlder = `length(${column}) > 0 and substring(${column} from 1 for 4) <> int4send($1::int)`;

  return Object.freeze({
    countByVersion: async () => {
      const rows = await db.query<{ version: Buffer; count: number }>({
        name: `${name}-count-by-version`,
        text: `select substring(${column} from 1 for 4) as version, count(*)::int as count
               from ${table} where length(${column}) > 0 group by 1`,
      });
      return new Map(rows.map(({ version, count }) => [version.readUInt32BE(0), count]));
    },
    countOlder: async (current: number) => {
      const [row] = await db.query<{ count: number }>({
        name: `${name}-count-older`,
        text: `select count(*)::int as count from ${table} where ${isOlder}`,
        values: [current],
      });
      return row?.count ?? 0;
    },
    listOlder: async ({ current, after, limit }) => {
      const rows = await db.query<Record<string, unknown>>({
        name: `${name}-list-older`,
        text: `select * from ${table}
               where ${isOlder} and ($2::text is null or ${key.column} > $2::${key.type})
               order by ${key.column} limit $3`,
        values: [current, after, limit],
      });
      return rows.map((row) => ({
        key: String(row[key.column]),
        sealed: row[column] as Buffer,
        row,
      }));
    },
    replace: async (rows) => {
      await db.query({
        name: `${name}-replace`,
        text: `update ${table} set ${column} = changed.after
               from unnest($1::${key.type}[], $2::bytea[], $3::bytea[]) as changed (key, before, after)
               where ${table}.${key.column} = changed.key and ${table}.${column} = changed.before`,
        values: [
          rows.map((row) => row.key),
          rows.map(({ before }) => before),
          rows.map(({ after }) => after),
        ],
      });
    },
  } satisfies SealedColumnStore);
}
