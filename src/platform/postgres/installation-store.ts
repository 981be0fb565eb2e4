import type { Database } from './postgres.ts';

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

interface RawRow {
  readonly id: string;
  readonly incarnation: number;
  readonly marker: string;
}

/** The row of `installation` in the main database. */
export interface InstallationStore {
  find(): Promise<InstallationRow | null>;
  /** Does nothing when there is a row. `usesLeaves` when no account has a key yet. */
  insert(id: string): Promise<void>;
  /** @returns the marker after it has grown; null when the row is gone. */
  advance(): Promise<number | null>;
  /** As {@link advance}, unless some node did it in the last five seconds: then null. */
  advanceWhenDue(): Promise<number | null>;
  /** Begins the life after a restore: copies the id and the incarnation of the key store, and sets a marker above every earlier one. */
  begin(row: InstallationRow): Promise<void>;
  /** From now on new account keys are wrapped by leaves. */
  useLeaves(): Promise<void>;
  /** Has any account a key that needs this key store? */
  needsLeaves(): Promise<boolean>;
}

export function createInstallationStore(db: Database): InstallationStore {
  return Object.freeze({
    find: async () => {
      const [row] = await db.query<RawRow>({
        name: 'installation-find',
        text: 'select id, incarnation, marker::text from installation',
      });
      return row === undefined ? null : { ...row, marker: Number(row.marker) };
    },
    insert: async (id: string) => {
      await db.query({
        name: 'installation-insert',
        text: `insert into installation (id, uses_leaves, has_signing_keys)
               values ($1, not exists (select from account_keys), exists (select from signing_keys))
               on conflict do nothing`,
        values: [id],
      });
    },
    advance: async () => {
      const [row] = await db.query<{ marker: string }>({
        name: 'installation-advance',
        text: 'update installation set marker = marker + 1, marked_at = now() returning marker::text',
      });
      return row === undefined ? null : Number(row.marker);
    },
    advanceWhenDue: async () => {
      const [row] = await db.query<{ marker: string }>({
        name: 'installation-advance-when-due',
        text: `update installation set marker = marker + 1, marked_at = now()
               where marked_at < now() - interval '5 seconds' returning marker::text`,
      });
      return row === undefined ? null : Number(row.marker);
    },
    begin: async ({ id, incarnation, marker }) => {
      await db.query({
        name: 'installation-begin',
        text: `insert into installation (id, incarnation, marker, uses_leaves, has_signing_keys)
               values ($1, $2, $3, false, exists (select from signing_keys))
               on conflict (only_row) do update set id = excluded.id, incarnation = excluded.incarnation,
                 marker = excluded.marker, marked_at = now()`,
        values: [id, incarnation, marker],
      });
    },
    useLeaves: async () => {
      await db.query({
        name: 'installation-use-leaves',
        text: 'update installation set uses_leaves = true where not uses_leaves',
      });
    },
    needsLeaves: async () => {
      const rows = await db.query({
        name: 'installation-needs-leaves',
        text: 'select 1 from account_keys where leaf is not null limit 1',
      });
      return rows.length > 0;
    },
  } satisfies InstallationStore);
}

/** The row of `key_store.installation`. */
export interface KeyInstallationStore {
  find(): Promise<KeyInstallationRow | null>;
  insert(row: Pick<KeyInstallationRow, 'id' | 'wrappedKey'>): Promise<void>;
  /** Never goes back. */
  raiseMarker(marker: number): Promise<void>;
  /** Notes that a restore is under way. @returns the incarnation that begins with it, the same one when it is started again. */
  beginRestore(): Promise<number>;
  endRestore(): Promise<void>;
}

export function createKeyInstallationStore(db: Database): KeyInstallationStore {
  return Object.freeze({
    find: async () => {
      const [row] = await db.query<
        RawRow & { wrapped_key: Buffer; restore_started_at: Date | null }
      >({
        name: 'key-installation-find',
        text: `select id, incarnation, marker::text, wrapped_key, restore_started_at
               from key_store.installation`,
      });
      if (row === undefined) return null;
      const { wrapped_key: wrappedKey, restore_started_at: restoreStartedAt, ...rest } = row;
      return { ...rest, marker: Number(row.marker), wrappedKey, restoreStartedAt };
    },
    insert: async ({ id, wrappedKey }) => {
      await db.query({
        name: 'key-installation-insert',
        text: 'insert into key_store.installation (id, wrapped_key) values ($1, $2)',
        values: [id, wrappedKey],
      });
    },
    raiseMarker: async (marker: number) => {
      await db.query({
        name: 'key-installation-raise-marker',
        text: 'update key_store.installation set marker = greatest(marker, $1)',
        values: [marker],
      });
    },
    beginRestore: async () => {
      const [row] = await db.query<{ incarnation: number }>({
        name: 'key-installation-begin-restore',
        text: `update key_store.installation
               set incarnation = incarnation + (restore_started_at is null)::int,
                 restore_started_at = coalesce(restore_started_at, now())
               returning incarnation`,
      });
      if (row === undefined) throw new Error('the key store has no row of its own');
      return row.incarnation;
    },
    endRestore: async () => {
      await db.query({
        name: 'key-installation-end-restore',
        text: 'update key_store.installation set restore_started_at = null',
      });
    },
  } satisfies KeyInstallationStore);
}
