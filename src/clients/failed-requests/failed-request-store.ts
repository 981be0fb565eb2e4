import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { FailedRequest, NewFailedRequest } from './failed-request.ts';

/** Reads and writes the table `failed_requests`; equal failures of an app share a row. */
export function createFailedRequestStore(db: Database) {
  return {
    /** Newest first. */
    list: (clientId: string): Promise<FailedRequest[]> =>
      db.query<FailedRequest>(sql`select id::text as id, endpoint, code, reason, times, first_at, last_at
        from failed_requests where client_id = ${clientId} order by last_at desc, id desc`),

    /** The number of different failures that occurred within the last day. */
    async countOfDay(clientId: string): Promise<number> {
      const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count
        from failed_requests where client_id = ${clientId} and last_at > now() - interval '1 day'`);
      return row?.count ?? 0;
    },

    /** Writes one, unless the app was deleted, and deletes those beyond the newest `keep` of its app. */
    async note(
      { clientId, endpoint, code, reason }: NewFailedRequest,
      keep: number,
    ): Promise<void> {
      await db.query(sql`insert into failed_requests (client_id, endpoint, code, reason)
        select id, ${endpoint}::text, ${code}::text, ${reason}::text
        from clients where id = ${clientId} and status <> 'deleted' for share
        on conflict (client_id, endpoint, code, reason) do update
          set times = failed_requests.times + 1, last_at = now()`);
      await db.query(sql`delete from failed_requests where id in (
        select id from failed_requests where client_id = ${clientId}
        order by last_at desc, id desc offset ${keep})`);
    },

    async deleteAll(clientId: string): Promise<void> {
      await db.query(sql`delete from failed_requests where client_id = ${clientId}`);
    },
  };
}
