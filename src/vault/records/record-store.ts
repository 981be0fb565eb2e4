import type { Database } from '../../platform/postgres/postgres.ts';

/** A row as it is stored: key and value are unreadable without the account's key. */
export interface RecordRow {
  readonly accountId: string;
  readonly namespace: string;
  readonly keyIndex: Buffer;
  readonly sealedContent: Buffer;
  readonly version: string;
  readonly changedBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface RecordQuery {
  readonly accountId: string;
  readonly namespace: string;
  /** Only rows after this key index. */
  readonly after: Buffer | null;
  readonly limit: number;
}

export type RecordPlace = Pick<RecordRow, 'accountId' | 'namespace' | 'keyIndex'>;

/** How many records are in one namespace of an account. */
export interface NamespaceCount {
  readonly namespace: string;
  readonly count: number;
}

/** Rows of `records`. */
export interface RecordStore {
  find(place: RecordPlace): Promise<RecordRow | null>;
  /** In the order of their key indexes, which reveals nothing about the keys. */
  list(query: RecordQuery): Promise<RecordRow[]>;
  count(accountId: string): Promise<NamespaceCount[]>;
  save(row: RecordRow): Promise<void>;
  remove(place: RecordPlace): Promise<void>;
}

const COLUMNS = `account_id as "accountId", namespace, key_index as "keyIndex", sealed_content as "sealedContent", version,
  changed_by as "changedBy", created_at as "createdAt", updated_at as "updatedAt"`;

export function createRecordStore(db: Database): RecordStore {
  return Object.freeze({
    find: async ({ accountId, namespace, keyIndex }: RecordPlace) => {
      const [row] = await db.query<RecordRow>({
        name: 'records-find',
        text: `select ${COLUMNS} from records where account_id = $1 and namespace = $2 and key_index = $3`,
        values: [accountId, namespace, keyIndex],
      });
      return row ?? null;
    },
    list: ({ accountId, namespace, after, limit }: RecordQuery) =>
      db.query<RecordRow>({
        name: 'records-list',
        text: `select ${COLUMNS} from records
          where account_id = $1 and namespace = $2 and ($3::bytea is null or key_index > $3)
          order by key_index limit $4`,
        values: [accountId, namespace, after, limit],
      }),
    count: (accountId: string) =>
      db.query<NamespaceCount>({
        name: 'records-count',
        text: `select namespace, count(*)::integer as count from records where account_id = $1
          group by namespace order by namespace`,
        values: [accountId],
      }),
    save: async (row: RecordRow) => {
      await db.query({
        name: 'records-save',
        text: `insert into records (account_id, namespace, key_index, sealed_content, version, changed_by, created_at, updated_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8)
          on conflict (account_id, namespace, key_index) do update set sealed_content = excluded.sealed_content,
            version = excluded.version, changed_by = excluded.changed_by, updated_at = excluded.updated_at`,
        values: [
          row.accountId,
          row.namespace,
          row.keyIndex,
          row.sealedContent,
          row.version,
          row.changedBy,
          row.createdAt,
          row.updatedAt,
        ],
      });
    },
    remove: async ({ accountId, namespace, keyIndex }: RecordPlace) => {
      await db.query({
        name: 'records-remove',
        text: 'delete from records where account_id = $1 and namespace = $2 and key_index = $3',
        values: [accountId, namespace, keyIndex],
      });
    },
  } satisfies RecordStore);
}
