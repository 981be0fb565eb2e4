import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

interface ExternalIdRow {
  readonly blindIndex: Buffer;
  readonly accountId: string;
}

/** Rows of `account_external_ids`: the ids by which another system knew accounts, as keyed indexes. */
export function createExternalIdStore(db: Database) {
  return {
    /** Position in `indexes` -> account. */
    async find(indexes: readonly Buffer[]): Promise<ReadonlyMap<number, string>> {
      const rows = await db.query<{ position: number; accountId: string }>(sql`
        select wanted.position::int, known.account_id
        from unnest(${indexes}::bytea[]) with ordinality as wanted (blind_index, position)
        join account_external_ids as known on known.blind_index = wanted.blind_index`);
      return new Map(rows.map(({ position, accountId }) => [position - 1, accountId]));
    },

    /** @returns the accounts whose id was new; the others are not written. */
    async insertNew(rows: readonly ExternalIdRow[]): Promise<ReadonlySet<string>> {
      const indexes = rows.map(({ blindIndex }) => blindIndex);
      const accountIds = rows.map(({ accountId }) => accountId);
      const inserted = await db.query<ExternalIdRow>(sql`
        insert into account_external_ids (blind_index, account_id)
        select * from unnest(${indexes}::bytea[], ${accountIds}::uuid[]) as given (blind_index, account_id)
        order by blind_index on conflict do nothing returning account_id`);
      return new Set(inserted.map(({ accountId }) => accountId));
    },
  };
}
