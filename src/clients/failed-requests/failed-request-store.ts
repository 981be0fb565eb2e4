import type { Database } from '../../platform/postgres/postgres.ts';
import type { FailedRequest, NewFailedRequest } from './failed-requests.ts';

/** Rows of failed requests; equal ones of an app share a row. */
export interface FailedRequestStore {
  /** Newest first. */
  list(clientId: string): Promise<FailedRequest[]>;
  /** Writes one and forgets those beyond the newest `keep` of its app. */
  note(request: NewFailedRequest, keep: number): Promise<void>;
}

/** Reads and writes the table `failed_requests`. */
export function createFailedRequestStore(db: Database): FailedRequestStore {
  return Object.freeze({
    list: (clientId: string) =>
      db.query<FailedRequest>({
        name: 'failed-requests-list',
        text: `select id::text as id, endpoint, code, reason, times, first_at as "firstAt", last_at as "lastAt"
               from failed_requests where client_id = $1 order by last_at desc, id desc`,
        values: [clientId],
      }),

    note: async ({ clientId, endpoint, code, reason }: NewFailedRequest, keep: number) => {
      await db.query({
        name: 'failed-requests-note',
        text: `insert into failed_requests (client_id, endpoint, code, reason) values ($1, $2, $3, $4)
               on conflict (client_id, endpoint, code, reason) do update
                 set times = failed_requests.times + 1, last_at = now()`,
        values: [clientId, endpoint, code, reason],
      });
      await db.query({
        name: 'failed-requests-forget',
        text: `delete from failed_requests where id in (
                 select id from failed_requests where client_id = $1 order by last_at desc, id desc offset $2)`,
        values: [clientId, keep],
      });
    },
  });
}
