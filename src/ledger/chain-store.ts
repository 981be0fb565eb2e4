import type { Database } from '../platform/postgres/postgres.ts';
import type { ChainedRow } from './chain.ts';

/** The end of one account's chain. */
export interface ChainHead {
  readonly accountId: string;
  /** The number of the last row. */
  readonly seq: number;
  readonly hash: Buffer;
  /** A signed statement that the rows up to some number were removed rightly; null when none ever were. */
  readonly removal: string | null;
}

/** Rows of one account after `after`, up to `until`. */
export interface RowRange {
  readonly accountId: string;
  readonly after: number;
  readonly until: number;
}

/** Reads chains for checking. Every statement is short for any size of the ledger. */
export interface ChainStore {
  /** Heads in the order of their accounts. */
  heads(page: { readonly after: string; readonly limit: number }): Promise<ChainHead[]>;
  head(accountId: string): Promise<ChainHead | null>;
  /** As `head`; until the transaction ends nothing is appended to this chain. */
  lockHead(accountId: string): Promise<ChainHead | null>;
  /** The first rows of each range, `each` at most, by account and number. */
  rows(ranges: readonly RowRange[], each: number): Promise<ChainedRow[]>;
  /** Account -> the first number that was written at or after a moment. */
  firstSince(accountIds: readonly string[], since: Date): Promise<ReadonlyMap<string, number>>;
  /** Account -> the first row beyond the end of its chain, for accounts that have such a row. */
  beyond(accountIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Accounts after one and up to another that have rows but no head. */
  headless(range: { readonly after: string; readonly until: string }): Promise<string[]>;
  /** `account number` -> hash in hexadecimal, of the rows that are there. */
  hashesAt(rows: readonly RowPlace[]): Promise<ReadonlyMap<string, string>>;
  setRemoval(accountId: string, removal: string): Promise<void>;
}

/** Names one row. */
export interface RowPlace {
  readonly accountId: string;
  readonly seq: number;
}

interface RawHead {
  readonly account_id: string;
  readonly seq: string;
  readonly hash: Buffer;
  readonly removal: string | null;
}

const HEAD = 'select account_id, seq, hash, removal from ledger_heads';

// Microseconds: a JavaScript date would hide a change below the millisecond.
const ROW = `releases.account_id as "accountId", releases.seq,
  to_char(releases.released_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "releasedAt",
  releases.client_id as "clientId", releases.grant_id as "grantId", releases.channel, releases.claims, releases.ip,
  releases.request_id as "requestId", releases.hash`;

export function createChainStore(db: Database): ChainStore {
  const one = async (name: string, text: string, accountId: string) => {
    const [row] = await db.query<RawHead>({ name, text, values: [accountId] });
    return row === undefined ? null : fromRaw(row);
  };
  return Object.freeze({
    heads: async ({ after, limit }) => {
      const rows = await db.query<RawHead>({
        name: 'ledger-heads',
        text: `${HEAD} where account_id > $1 order by account_id limit $2`,
        values: [after, limit],
      });
      return rows.map(fromRaw);
    },
    head: (accountId: string) => one('ledger-head', `${HEAD} where account_id = $1`, accountId),
    lockHead: (accountId: string) =>
      one('ledger-lock-head', `${HEAD} where account_id = $1 for update`, accountId),
    rows: (ranges: readonly RowRange[], each: number) =>
      db.query<ChainedRow>({
        name: 'ledger-chain-rows',
        text: `select found.* from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as wanted (account_id, after, until)
          cross join lateral (
            select ${ROW} from releases
            where releases.account_id = wanted.account_id and releases.seq > wanted.after and releases.seq <= wanted.until
            order by releases.seq, releases.released_at limit $4
          ) as found order by found."accountId", found.seq, found."releasedAt"`,
        values: [
          ranges.map(({ accountId }) => accountId),
          ranges.map(({ after }) => after),
          ranges.map(({ until }) => until),
          each,
        ],
      }),
    ...createPlaceReader(db),
    setRemoval: async (accountId: string, removal: string) => {
      await db.query({
        name: 'ledger-set-removal',
        text: 'update ledger_heads set removal = $2 where account_id = $1',
        values: [accountId, removal],
      });
    },
  } satisfies ChainStore);
}

function createPlaceReader(
  db: Database,
): Pick<ChainStore, 'firstSince' | 'beyond' | 'headless' | 'hashesAt'> {
  return {
    firstSince: async (accountIds: readonly string[], since: Date) =>
      byAccount(
        await db.query({
          name: 'ledger-first-since',
          text: `select account_id, min(seq) as seq from releases
            where account_id = any($1::uuid[]) and released_at >= $2 group by account_id`,
          values: [accountIds, since],
        }),
      ),
    beyond: async (accountIds: readonly string[]) =>
      byAccount(
        await db.query({
          name: 'ledger-beyond',
          text: `select ledger_heads.account_id, first.seq from ledger_heads cross join lateral (
              select seq from releases
              where releases.account_id = ledger_heads.account_id and releases.seq > ledger_heads.seq
              order by seq limit 1
            ) as first where ledger_heads.account_id = any($1::uuid[])`,
          values: [accountIds],
        }),
      ),
    headless: async ({ after, until }) => {
      // Jumps from account to account along the index: the number of their rows does not matter.
      const rows = await db.query<{ account_id: string }>({
        name: 'ledger-headless',
        text: `with recursive found as (
            (select account_id from releases where account_id > $1 order by account_id limit 1)
            union all
            select (select account_id from releases where account_id > found.account_id order by account_id limit 1)
            from found where found.account_id < $2
          )
          select account_id from found
          where account_id <= $2
            and not exists (select from ledger_heads where ledger_heads.account_id = found.account_id)`,
        values: [after, until],
      });
      return rows.map(({ account_id: accountId }) => accountId);
    },
    hashesAt: async (places: readonly RowPlace[]) => {
      const rows = await db.query<{ account_id: string; seq: string; hash: string }>({
        name: 'ledger-hashes-at',
        text: `select releases.account_id, releases.seq, encode(releases.hash, 'hex') as hash
          from unnest($1::uuid[], $2::bigint[]) as wanted (account_id, seq)
          join releases on releases.account_id = wanted.account_id and releases.seq = wanted.seq`,
        values: [places.map(({ accountId }) => accountId), places.map(({ seq }) => seq)],
      });
      return new Map(rows.map((row) => [`${row.account_id} ${row.seq}`, row.hash]));
    },
  };
}

function byAccount(rows: readonly { account_id: string; seq: string }[]): Map<string, number> {
  return new Map(rows.map((row) => [row.account_id, Number(row.seq)]));
}

function fromRaw({ account_id: accountId, seq, hash, removal }: RawHead): ChainHead {
  return { accountId, seq: Number(seq), hash, removal };
}
