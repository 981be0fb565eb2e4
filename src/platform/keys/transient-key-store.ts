import type { Database } from '../postgres/postgres.ts';
import { sql } from '../postgres/sql.ts';

/** One row of `key_store.transient_keys`. */
export interface TransientKeyRow {
  readonly version: number;
  readonly wrappedKey: Buffer;
  readonly createdAt: Date;
}

const LOCK_KEY = 7_264_021;

/** Rows of `key_store.transient_keys`, in the database of the key store. */
export function createTransientKeyStore(db: Database) {
  return {
    /** The newest first. */
    list(): Promise<TransientKeyRow[]> {
      return db.query<TransientKeyRow>(sql`select version, wrapped_key, created_at
          from key_store.transient_keys order by version desc`);
    },

    /** Makes every other node wait until the transaction ends. */
    async lock(): Promise<void> {
      await db.query(sql`select pg_advisory_xact_lock(${LOCK_KEY})`);
    },

    async insert(row: TransientKeyRow): Promise<void> {
      await db.query(sql`insert into key_store.transient_keys ${sql.values({ ...row })}`);
    },

    /** Destroys keys whose successor is older than `before`. @returns their number. */
    async removeReplacedBefore(before: Date): Promise<number> {
      const rows = await db.query(sql`delete from key_store.transient_keys as old where exists (
            select from key_store.transient_keys as successor
            where successor.version > old.version and successor.created_at < ${before})
          returning 1`);
      return rows.length;
    },

    /** Destroys every version below this one. */
    async removeOlder(version: number): Promise<void> {
      await db.query(sql`delete from key_store.transient_keys where version < ${version}`);
    },
  };
}

/** The table `transient_keys` of the main database, which versions without a key store used. */
export function createFormerKeyStore(db: Database) {
  return {
    list(): Promise<TransientKeyRow[]> {
      return db.query<TransientKeyRow>(sql`select version, wrapped_key, created_at
          from transient_keys order by version`);
    },
    async removeBefore(before: Date): Promise<void> {
      await db.query(sql`delete from transient_keys where created_at < ${before}`);
    },
    async removeAll(): Promise<void> {
      await db.query(sql`delete from transient_keys`);
    },
  };
}
