import type { Database } from '../postgres/postgres.ts';
import { sql } from '../postgres/sql.ts';
import type { SealedColumn } from './sealed-column.ts';

/** One sealed value and its row. */
interface SealedRow {
  /** The primary key as text. */
  readonly key: string;
  readonly sealed: Buffer;
  readonly row: Readonly<Record<string, unknown>>;
}

/** The rows of one sealed column, by the version at the head of each value. */
export function createSealedColumnStore(db: Database, definition: SealedColumn) {
  if (definition.key === undefined) throw new Error(`${definition.table} has no single key`);
  const table = tableName(definition.table);
  const column = sql.identifier(definition.column);
  const key = sql.identifier(definition.key.column);
  const keyType = sql.identifier(definition.key.type);
  const isOlder = (current: number) =>
    sql`length(${column}) > 0 and substring(${column} from 1 for 4) <> int4send(${current}::int)`;

  return {
    async countByVersion(): Promise<ReadonlyMap<number, number>> {
      const rows = await db.query<{ version: Buffer; count: number }>(
        sql`select substring(${column} from 1 for 4) as version, count(*)::int as count
          from ${table} where length(${column}) > 0 group by 1`,
      );
      return new Map(rows.map(({ version, count }) => [version.readUInt32BE(0), count]));
    },

    async countOlder(current: number): Promise<number> {
      const [row] = await db.query<{ count: number }>(
        sql`select count(*)::int as count from ${table} where ${isOlder(current)}`,
      );
      return row?.count ?? 0;
    },

    /** In the order of their keys, starting after `after`. */
    async listOlder(page: {
      readonly current: number;
      readonly after: string | null;
      readonly limit: number;
    }): Promise<SealedRow[]> {
      const { current, after, limit } = page;
      const rows = await db.query<{ rowKey: string; sealed: Buffer }>(
        sql`select sealed_rows.*, ${key}::text as row_key, ${column} as sealed from ${table} as sealed_rows
          where ${isOlder(current)} and (${after}::text is null or ${key} > ${after}::${keyType})
          order by ${key} limit ${limit}`,
      );
      return rows.map((row) => ({ key: row.rowKey, sealed: row.sealed, row: { ...row } }));
    },

    /** Replaces the values that have not changed since they were read; another writer has changed the others. */
    async replace(rows: readonly { key: string; before: Buffer; after: Buffer }[]): Promise<void> {
      const keys = rows.map((row) => row.key);
      const before = rows.map((row) => row.before);
      const after = rows.map((row) => row.after);
      await db.query(sql`update ${table} as sealed_rows set ${column} = changed.after
        from unnest(${keys}::${keyType}[], ${before}::bytea[], ${after}::bytea[]) as changed (key, before, after)
        where sealed_rows.${key} = changed.key and sealed_rows.${column} = changed.before`);
    },
  };
}

export type SealedColumnStore = ReturnType<typeof createSealedColumnStore>;

/** The name of a table, which may be in a schema of its own. */
function tableName(name: string) {
  const [first = '', second] = name.split('.');
  if (second === undefined) return sql.identifier(first);
  return sql`${sql.identifier(first)}.${sql.identifier(second)}`;
}
