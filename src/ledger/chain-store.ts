import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { ChainedRow } from './chain.ts';

/** The end of one account's chain. */
export interface ChainHead {
  readonly accountId: string;
  /** The number of the last row. */
  readonly seq: number;
  readonly hash: Buffer;
  /** A signed statement that the server itself removed the rows up to some number; null when it removed none. */
  readonly removal: string | null;
}

/** Rows of one account after `after`, up to `until`. */
export interface RowRange {
  readonly accountId: string;
  readonly after: number;
  readonly until: number;
}

/** Names one row. */
interface RowPlace {
  readonly accountId: string;
  readonly seq: number;
}

export type ChainStore = ReturnType<typeof createChainStore>;

// Numbers of rows are below 2^53, so that JavaScript holds them exactly.
const HEAD = sql`select account_id, seq::float8 as seq, hash, removal from ledger_heads`;

// With microseconds, because a JavaScript date would hide a change below the millisecond.
const ROW = sql`releases.account_id, releases.seq,
  to_char(releases.released_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as released_at,
  releases.client_id, releases.grant_id, releases.channel, releases.claims, releases.ip, releases.request_id,
  releases.hash`;

/** Reads chains for checking. Every statement is short for any size of the ledger. */
export function createChainStore(db: Database) {
  return {
    /** Heads in the order of their accounts. */
    heads: ({ after, limit }: { readonly after: string; readonly limit: number }) =>
      db.query<ChainHead>(
        sql`${HEAD} where account_id > ${after} order by account_id limit ${limit}`,
      ),

    async head(accountId: string): Promise<ChainHead | null> {
      const [head] = await db.query<ChainHead>(sql`${HEAD} where account_id = ${accountId}`);
      return head ?? null;
    },

    /** As `head`; until the transaction ends nothing is appended to this chain. */
    async lockHead(accountId: string): Promise<ChainHead | null> {
      const [head] = await db.query<ChainHead>(
        sql`${HEAD} where account_id = ${accountId} for update`,
      );
      return head ?? null;
    },

    /** The first rows of each range, `each` at most, by account and number. */
    rows: (ranges: readonly RowRange[], each: number) =>
      db.query<ChainedRow>(sql`select found.* from unnest(
          ${ranges.map(({ accountId }) => accountId)}::uuid[], ${ranges.map(({ after }) => after)}::bigint[],
          ${ranges.map(({ until }) => until)}::bigint[]) as wanted (account_id, after, until)
        cross join lateral (
          select ${ROW} from releases
          where releases.account_id = wanted.account_id and releases.seq > wanted.after and releases.seq <= wanted.until
          order by releases.seq, releases.released_at limit ${each}
        ) as found order by found.account_id, found.seq, found.released_at`),

    /** Account -> the first number that was written at or after a moment. */
    firstSince: async (accountIds: readonly string[], since: Date) =>
      byAccount(
        await db.query<RowPlace>(sql`select account_id, min(seq)::float8 as seq from releases
          where account_id = any(${accountIds}::uuid[]) and released_at >= ${since} group by account_id`),
      ),

    /** Account -> the first row beyond the end of its chain, for accounts that have such a row. */
    beyond: async (accountIds: readonly string[]) =>
      byAccount(
        await db.query<RowPlace>(sql`select ledger_heads.account_id, first.seq::float8 as seq
          from ledger_heads cross join lateral (
            select seq from releases
            where releases.account_id = ledger_heads.account_id and releases.seq > ledger_heads.seq
            order by seq limit 1
          ) as first where ledger_heads.account_id = any(${accountIds}::uuid[])`),
      ),

    /** Accounts after one and up to another that have rows but no head. */
    async headless({ after, until }: { readonly after: string; readonly until: string }) {
      // Skips from account to account along the index, so the number of their rows does not matter.
      const rows = await db.query<{ accountId: string }>(sql`with recursive found as (
          (select account_id from releases where account_id > ${after} order by account_id limit 1)
          union all
          select (select account_id from releases where account_id > found.account_id order by account_id limit 1)
          from found where found.account_id < ${until}
        )
        select account_id from found
        where account_id <= ${until}
          and not exists (select from ledger_heads where ledger_heads.account_id = found.account_id)`);
      return rows.map(({ accountId }) => accountId);
    },

    /** `account number` -> hash in hexadecimal, of the rows that exist. */
    async hashesAt(places: readonly RowPlace[]): Promise<ReadonlyMap<string, string>> {
      const rows = await db.query<{ place: string; hash: string }>(sql`select
          concat_ws(' ', releases.account_id, releases.seq) as place, encode(releases.hash, 'hex') as hash
        from unnest(${places.map(({ accountId }) => accountId)}::uuid[], ${places.map(({ seq }) => seq)}::bigint[])
          as wanted (account_id, seq)
        join releases on releases.account_id = wanted.account_id and releases.seq = wanted.seq`);
      return new Map(rows.map(({ place, hash }) => [place, hash]));
    },

    async setRemoval(accountId: string, removal: string): Promise<void> {
      await db.query(
        sql`update ledger_heads set removal = ${removal} where account_id = ${accountId}`,
      );
    },
  };
}

function byAccount(rows: readonly RowPlace[]): ReadonlyMap<string, number> {
  return new Map(rows.map(({ accountId, seq }) => [accountId, seq]));
}
