import type { Database } from './database.ts';
import { sql } from './sql.ts';

/** The identity of the installation, as one of its two databases holds it. */
export interface InstallationRow {
  readonly id: string;
  /** How often the main database was restored. */
  readonly incarnation: number;
  /** Grows every few seconds while nodes serve; the key store follows the main database. */
  readonly marker: number;
}

/** The row of the key store. */
export interface KeyInstallationRow extends InstallationRow {
  readonly wrappedKey: Buffer;
  readonly restoreStartedAt: Date | null;
}

/** As the driver returns it; a `bigint` is a text. */
type Read<Row extends InstallationRow> = Omit<Row, 'marker'> & { readonly marker: string };

/** The row of `installation` in the main database. */
export function createInstallationStore(db: Database) {
  return {
    async find(): Promise<InstallationRow | null> {
      const [row] = await db.query<Read<InstallationRow>>(
        sql`select id, incarnation, marker from installation`,
      );
      return row === undefined ? null : { ...row, marker: Number(row.marker) };
    },

    /** Does nothing when there is a row. `usesLeaves` when no account has a key yet. */
    async insert(id: string): Promise<void> {
      await db.execute(sql`insert into installation (id, uses_leaves, has_signing_keys)
        values (${id}, not exists (select from account_keys), exists (select from signing_keys))
        on conflict do nothing`);
    },

    /** @returns the marker after it has grown; null when the row is gone. */
    async advance(): Promise<number | null> {
      const [row] = await db.query<Pick<Read<InstallationRow>, 'marker'>>(
        sql`update installation set marker = marker + 1, marked_at = now() returning marker`,
      );
      return row === undefined ? null : Number(row.marker);
    },

    /** As {@link advance}, unless a node did it in the last five seconds: then null. */
    async advanceWhenDue(): Promise<number | null> {
      const [row] = await db.query<Pick<Read<InstallationRow>, 'marker'>>(
        sql`update installation set marker = marker + 1, marked_at = now()
          where marked_at < now() - interval '5 seconds' returning marker`,
      );
      return row === undefined ? null : Number(row.marker);
    },

    /**
     * Prepares the database after a restore: copies the id and the incarnation of the key store, and sets a marker
     * above every earlier one.
     */
    async begin({ id, incarnation, marker }: InstallationRow): Promise<void> {
      await db.execute(sql`insert into installation (id, incarnation, marker, uses_leaves, has_signing_keys)
        values (${id}, ${incarnation}, ${marker}, false, exists (select from signing_keys))
        on conflict (only_row) do update set id = excluded.id, incarnation = excluded.incarnation,
          marker = excluded.marker, marked_at = now()`);
    },

    /** From now on new account keys are wrapped by leaves. */
    async useLeaves(): Promise<void> {
      await db.execute(sql`update installation set uses_leaves = true where not uses_leaves`);
    },

    /** Has any account a key that needs this key store? */
    async needsLeaves(): Promise<boolean> {
      const rows = await db.query(sql`select 1 from account_keys where leaf is not null limit 1`);
      return rows.length > 0;
    },
  };
}

/** The row of `key_store.installation`. */
export function createKeyInstallationStore(db: Database) {
  return {
    async find(): Promise<KeyInstallationRow | null> {
      const [row] = await db.query<Read<KeyInstallationRow>>(
        sql`select id, incarnation, marker, wrapped_key, restore_started_at from key_store.installation`,
      );
      return row === undefined ? null : { ...row, marker: Number(row.marker) };
    },

    async insert({ id, wrappedKey }: Pick<KeyInstallationRow, 'id' | 'wrappedKey'>): Promise<void> {
      await db.execute(sql`insert into key_store.installation ${sql.values({ id, wrappedKey })}`);
    },

    /** Never goes back. */
    async raiseMarker(marker: number): Promise<void> {
      await db.execute(sql`update key_store.installation set marker = greatest(marker, ${marker})`);
    },

    /** Notes that a restore is under way. @returns the incarnation that begins with it, the same one when it is started again. */
    async beginRestore(): Promise<number> {
      const [row] = await db.query<Pick<KeyInstallationRow, 'incarnation'>>(
        sql`update key_store.installation
          set incarnation = incarnation + (restore_started_at is null)::int,
            restore_started_at = coalesce(restore_started_at, now())
          returning incarnation`,
      );
      if (row === undefined) throw new Error('the key store has no row of its own');
      return row.incarnation;
    },

    async endRestore(): Promise<void> {
      await db.execute(sql`update key_store.installation set restore_started_at = null`);
    },
  };
}
