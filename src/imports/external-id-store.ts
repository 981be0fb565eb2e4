import type { Database } from '../platform/postgres/postgres.ts';

export interface ExternalIdRow {
  readonly blindIndex: Buffer;
  readonly accountId: string;
}

/** Rows of `account_external_ids`: the ids by which another system knew accounts, as keyed indexes. */
export interface ExternalIdStore {
  /** Position in `indexes` -> account. */
  find(indexes: readonly Buffer[]): Promise<ReadonlyMap<number, string>>;
  /** @returns the accounts whose id was new; the others are not written. */
  claim(rows: readonly ExternalIdRow[]): Promise<ReadonlySet<string>>;
}

export function createExternalIdStore(db: Database): ExternalIdStore {
  return Object.freeze({
    find: async (indexes: readonly Buffer[]) => {
      const rows = await db.query<{ position: number; account_id: string }>({
        name: 'account-external-ids-find',
        text: `select wanted.position::int, known.account_id
               from unnest($1::bytea[]) with ordinality as wanted (blind_index, position)
               join account_external_ids as known on known.blind_index = wanted.blind_index`,
        values: [indexes],
      });
      return new Map(rows.map((row) => [row.position - 1, row.account_id]));
    },
    claim: async (rows: readonly ExternalIdRow[]) => {
      const claimed = await db.query<{ account_id: string }>({
        name: 'account-external-ids-claim',
        text: `insert into account_external_ids (blind_index, account_id)
               select * from unnest($1::bytea[], $2::uuid[]) as given (blind_index, account_id)
               order by blind_index on conflict do nothing returning account_id`,
        values: [rows.map(({ blindIndex }) => blindIndex), rows.map(({ accountId }) => accountId)],
      });
      return new Set(claimed.map((row) => row.account_id));
    },
  } satisfies ExternalIdStore);
}
