import type { Database } from '../postgres/postgres.ts';
import { sql } from '../postgres/sql.ts';

const LOCK_KEY = 7_264_030;

/**
 * The tables of a key store, in a schema of their own: where the key store shares the main database (development), a dump can
 * leave them out with `--exclude-schema=key_store`. There are few and they change rarely, so they are created here and
 * not by migrations, which are for the main database.
 */
const TABLES = [
  'create schema if not exists key_store',
  `create table if not exists key_store.installation (
     only_row boolean primary key default true check (only_row),
     id uuid not null,
     -- wraps everything else in this store; sealed by a master key
     wrapped_key bytea not null,
     -- grows by one with each restore of the main database
     incarnation integer not null default 0,
     -- the highest marker that was seen in the main database
     marker bigint not null default 0,
     -- set while a restore is under way
     restore_started_at timestamptz,
     created_at timestamptz not null default now()
   )`,
  `create table if not exists key_store.tree_nodes (
     id bigint primary key generated always as identity,
     depth smallint not null,
     position bigint not null,
     sealed_key bytea not null,
     unique (depth, position)
   )`,
  // Leaves that were destroyed within the last day, so that nodes remove their keys from memory.
  `create table if not exists key_store.destroyed_leaves (
     leaf bigint primary key,
     id bigint not null unique generated always as identity,
     destroyed_at timestamptz not null default now()
   )`,
  `create table if not exists key_store.transient_keys (
     version integer primary key,
     wrapped_key bytea not null,
     created_at timestamptz not null
   )`,
] as const;

/** Creates the missing tables. Several nodes may call it at once. */
export async function prepareKeyStore(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await lockKeyStore(tx);
    for (const [index, text] of TABLES.entries()) {
      await tx.query({ name: `key-store-prepare-${String(index)}`, text });
    }
  });
}

/** Makes every other node that changes the key store wait until `tx` ends. */
export async function lockKeyStore(tx: Database): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(${LOCK_KEY})`);
}
