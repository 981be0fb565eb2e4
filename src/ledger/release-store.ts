import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type {
  ReadsOfApp,
  ReadsOfClaim,
  ReadsOfPeriod,
  RecordedRelease,
  ReleaseFilter,
  ReleaseQuery,
} from './release.ts';

/** One row of `releases`, to be written. */
export type NewReleaseRow = Omit<RecordedRelease, 'id'>;

/** Append-only: there is no statement that changes or deletes. */
export function createReleaseStore(db: Database) {
  return {
    /** All rows or none, each chained to the one of its account before it, in one statement. */
    async insert(rows: readonly NewReleaseRow[]): Promise<void> {
      // One parameter for any number of rows: one statement text, planned once per connection.
      await db.query(sql`select append_releases(${JSON.stringify(rows.map(toRecord))}::json)`);
    },

    /** Newest first. */
    list({ before, limit, ...filter }: ReleaseQuery): Promise<RecordedRelease[]> {
      const { releasedAt, id } = before ?? {};
      return db.query<RecordedRelease>(sql`select seq as id, account_id, client_id, grant_id, channel, claims, ip,
          request_id, released_at
        from releases
        where ${matches(filter)}
          and (${releasedAt}::timestamptz is null or (released_at, seq) < (${releasedAt}, ${id}::bigint))
        order by released_at desc, seq desc limit ${limit}`);
    },

    /** Client id -> the time of its last release. */
    async lastRead(accountId: string): Promise<ReadonlyMap<string, Date>> {
      const rows = await db.query<{ clientId: string; releasedAt: Date }>(sql`select
          client_id, max(released_at) as released_at
        from releases where account_id = ${accountId} group by client_id`);
      return new Map(rows.map(({ clientId, releasedAt }) => [clientId, releasedAt]));
    },

    /** Client id -> claim -> the time of its last release to that app; of one app, or of all. */
    async lastReadOfClaims(
      accountId: string,
      clientId: string | null = null,
    ): Promise<ReadonlyMap<string, ReadonlyMap<string, Date>>> {
      const rows = await db.query<{ clientId: string; claim: string; releasedAt: Date }>(sql`select
          releases.client_id, released.claim, max(releases.released_at) as released_at
        from releases cross join unnest(releases.claims) as released (claim)
        where releases.account_id = ${accountId} and (${clientId}::text is null or releases.client_id = ${clientId})
        group by releases.client_id, released.claim`);
      const byApp = Map.groupBy(rows, (row) => row.clientId);
      return new Map(
        [...byApp].map(([app, found]) => [
          app,
          new Map(found.map(({ claim, releasedAt }) => [claim, releasedAt])),
        ]),
      );
    },

    // Pass `from` to the counts: they read every row since then.

    /** Ordered by the last read, the newest first. */
    readsByApp: (filter: ReleaseFilter) =>
      db.query<ReadsOfApp>(sql`select releases.client_id, count(distinct releases.seq)::int as reads,
          max(releases.released_at) as last_at, array_agg(distinct released.claim) as claims
        from releases cross join unnest(releases.claims) as released (claim)
        where ${matches(filter)} group by releases.client_id order by last_at desc, releases.client_id`),

    /** Ordered by the last read, the newest first. */
    readsByClaim: (filter: ReleaseFilter) =>
      db.query<ReadsOfClaim>(sql`select released.claim, count(*)::int as reads,
          max(releases.released_at) as last_at, array_agg(distinct releases.client_id) as client_ids
        from releases cross join unnest(releases.claims) as released (claim)
        where ${matches(filter)} group by released.claim order by last_at desc, released.claim`),

    /**
     * The number of reads from each of these moments, which ascend, to the next one; the last period has no end. Periods
     * without a read are missing.
     */
    readsByPeriod: (filter: ReleaseFilter, starts: readonly Date[]) =>
      db.query<ReadsOfPeriod>(sql`select
          width_bucket(releases.released_at, ${starts}::timestamptz[]) - 1 as period, count(*)::int as reads
        from releases where ${matches(filter)} and releases.released_at >= ${starts[0]} group by period order by period`),
  };
}

function matches({ accountId, clientId, claim, channel, from, until }: ReleaseFilter) {
  return sql`releases.account_id = ${accountId}
    and (${clientId}::text is null or releases.client_id = ${clientId})
    and (${claim}::text is null or ${claim} = any(releases.claims))
    and (${channel}::text is null or releases.channel = ${channel})
    and (${from}::timestamptz is null or releases.released_at >= ${from})
    and (${until}::timestamptz is null or releases.released_at < ${until})`;
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
