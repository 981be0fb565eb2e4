import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { RecordEntry } from './record.ts';

/** A row as it is stored: key and value are unreadable without the account's key. */
export interface RecordRow extends Pick<
  RecordEntry,
  'version' | 'changedBy' | 'createdAt' | 'updatedAt'
> {
  readonly accountId: string;
  readonly namespace: string;
  readonly keyIndex: Buffer;
  readonly sealedContent: Buffer;
}

/** The columns that identify a row. */
export type RecordPlace = Pick<RecordRow, 'accountId' | 'namespace' | 'keyIndex'>;

/** The number of records in one namespace of an account. */
export interface NamespaceCount {
  readonly namespace: string;
  readonly count: number;
}

const COLUMNS = sql`account_id, namespace, key_index, sealed_content, version, changed_by, created_at, updated_at`;

/** Rows of `records`: the store receives and returns ciphertext only. */
export function createRecordStore(db: Database) {
  return {
    async find({ accountId, namespace, keyIndex }: RecordPlace): Promise<RecordRow | null> {
      const [row] = await db.query<RecordRow>(sql`select ${COLUMNS} from records
        where account_id = ${accountId} and namespace = ${namespace} and key_index = ${keyIndex}`);
      return row ?? null;
    },

    /** Ordered by key index, which reveals no order of the keys. */
    list({
      accountId,
      namespace,
      after,
      limit,
    }: {
      readonly accountId: string;
      readonly namespace: string;
      /** Only rows after this key index. */
      readonly after: Buffer | null;
      readonly limit: number;
    }): Promise<RecordRow[]> {
      return db.query<RecordRow>(sql`select ${COLUMNS} from records
        where account_id = ${accountId} and namespace = ${namespace}
          and (${after}::bytea is null or key_index > ${after}::bytea)
        order by key_index limit ${limit}`);
    },

    count(accountId: string): Promise<NamespaceCount[]> {
      return db.query<NamespaceCount>(sql`select namespace, count(*)::integer as count from records
        where account_id = ${accountId} group by namespace order by namespace`);
    },

    async save(row: RecordRow): Promise<void> {
      await db.execute(sql`insert into records ${sql.values({ ...row })}
        on conflict (account_id, namespace, key_index) do update set sealed_content = excluded.sealed_content,
          version = excluded.version, changed_by = excluded.changed_by, updated_at = excluded.updated_at`);
    },

    async remove({ accountId, namespace, keyIndex }: RecordPlace): Promise<void> {
      await db.execute(sql`delete from records
        where account_id = ${accountId} and namespace = ${namespace} and key_index = ${keyIndex}`);
    },
  };
}
