import type { Database } from '../platform/postgres/postgres.ts';
import type { RecordedRelease, ReleaseQuery } from './release.ts';

/** One row of `releases`, to be written. */
export type NewReleaseRow = Omit<RecordedRelease, 'id'>;

export interface ReleaseStore {
  /** All rows or none, each chained to the one of its account before it, in one statement. */
  insert(rows: readonly NewReleaseRow[]): Promise<void>;
  /** Newest first. */
  list(query: ReleaseQuery): Promise<RecordedRelease[]>;
  lastPerClient(accountId: string): Promise<{ clientId: string; releasedAt: Date }[]>;
  lastPerClaim(accountId: string, clientId: string): Promise<{ claim: string; releasedAt: Date }[]>;
}

const COLUMNS = `seq as id, account_id as "accountId", client_id as "clientId", grant_id as "grantId", channel, claims, ip,
  request_id as "requestId", released_at as "releasedAt"`;

/** Append-only: there is no statement that changes or deletes. */
export function createReleaseStore(db: Database): ReleaseStore {
  return Object.freeze({
    insert: async (rows: readonly NewReleaseRow[]) => {
      // One parameter for any number of rows: one statement text, planned once per connection.
      await db.query({
        name: 'ledger-append',
        text: 'select append_releases($1::json)',
        values: [JSON.stringify(rows.map(toRecord))],
      });
    },
    list: (query: ReleaseQuery) =>
      db.query<RecordedRelease>({
        name: 'ledger-list',
        text: `select ${COLUMNS} from releases
          where account_id = $1
            and ($2::text is null or client_id = $2)
            and ($3::text is null or $3 = any(claims))
            and ($4::timestamptz is null or released_at >= $4)
            and ($5::timestamptz is null or released_at < $5)
            and ($6::text is null or channel = $6)
            and ($7::timestamptz is null or (released_at, seq) < ($7, $8::bigint))
          order by released_at desc, seq desc limit $9`,
        values: [
          query.accountId,
          query.clientId ?? null,
          query.claim ?? null,
          query.from ?? null,
          query.until ?? null,
          query.channel ?? null,
          query.before?.releasedAt ?? null,
          query.before?.id ?? null,
          query.limit,
        ],
      }),
    lastPerClient: (accountId: string) =>
      db.query<{ clientId: string; releasedAt: Date }>({
        name: 'ledger-last-per-client',
        text: `select client_id as "clientId", max(released_at) as "releasedAt"
          from releases where account_id = $1 group by client_id`,
        values: [accountId],
      }),
    lastPerClaim: (accountId: string, clientId: string) =>
      db.query<{ claim: string; releasedAt: Date }>({
        name: 'ledger-last-per-claim',
        text: `select released.claim, max(releases.released_at) as "releasedAt"
          from releases cross join unnest(releases.claims) as released (claim)
          where releases.account_id = $1 and releases.client_id = $2 group by released.claim`,
        values: [accountId, clientId],
      }),
  });
}

function toRecord(row: NewReleaseRow): object {
  return {
    account_id: row.accountId,
    client_id: row.clientId,
    grant_id: row.grantId,
    channel: row.channel,
    claims: row.claims,
    ip: row.ip,
    request_id: row.requestId,
    released_at: row.releasedAt,
  };
}
