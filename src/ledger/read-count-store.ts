import type { Database } from '../platform/postgres/postgres.ts';
import type { ReadsOfApp, ReadsOfClaim, ReadsOfDay, ReleaseFilter } from './release.ts';

/** Counts rows of `releases`. Give a time to begin at: every row since then is looked at. */
export interface ReadCountStore {
  readsByApp(filter: ReleaseFilter): Promise<ReadsOfApp[]>;
  readsByClaim(filter: ReleaseFilter): Promise<ReadsOfClaim[]>;
  readsByDay(filter: ReleaseFilter): Promise<ReadsOfDay[]>;
}

const WHERE = `releases.account_id = $1
  and ($2::text is null or releases.client_id = $2)
  and ($3::text is null or $3 = any(releases.claims))
  and ($4::text is null or releases.channel = $4)
  and ($5::timestamptz is null or releases.released_at >= $5)
  and ($6::timestamptz is null or releases.released_at < $6)`;

export function createReadCountStore(db: Database): ReadCountStore {
  return Object.freeze({
    readsByApp: (filter: ReleaseFilter) =>
      db.query<ReadsOfApp>({
        name: 'ledger-reads-by-app',
        text: `select releases.client_id as "clientId", count(distinct releases.seq)::int as reads,
            max(releases.released_at) as "lastAt", array_agg(distinct released.claim) as claims
          from releases cross join unnest(releases.claims) as released (claim)
          where ${WHERE} group by releases.client_id order by "lastAt" desc, "clientId"`,
        values: valuesOf(filter),
      }),
    readsByClaim: (filter: ReleaseFilter) =>
      db.query<ReadsOfClaim>({
        name: 'ledger-reads-by-claim',
        text: `select released.claim, count(*)::int as reads, max(releases.released_at) as "lastAt",
            array_agg(distinct releases.client_id) as "clientIds"
          from releases cross join unnest(releases.claims) as released (claim)
          where ${WHERE} group by released.claim order by "lastAt" desc, released.claim`,
        values: valuesOf(filter),
      }),
    readsByDay: (filter: ReleaseFilter) =>
      db.query<ReadsOfDay>({
        name: 'ledger-reads-by-day',
        text: `select to_char(releases.released_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as reads
          from releases where ${WHERE} group by day order by day`,
        values: valuesOf(filter),
      }),
  } satisfies ReadCountStore);
}

function valuesOf(filter: ReleaseFilter): readonly unknown[] {
  const { accountId, clientId, claim, channel, from, until } = filter;
  return [accountId, clientId ?? null, claim ?? null, channel ?? null, from ?? null, until ?? null];
}
