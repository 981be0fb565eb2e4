import type { Database } from '../../platform/postgres/postgres.ts';
import type { ClaimRequest } from '../client.ts';

/** Rows of the claims that apps request. They are read together with the app, by its own store. */
export interface ClientRequestStore {
  /** Makes the list the app's only one, in this order. */
  replaceAll(clientId: string, requests: readonly ClaimRequest[]): Promise<void>;
}

/** Writes the table `client_requests`. */
export function createClientRequestStore(db: Database): ClientRequestStore {
  return Object.freeze({
    replaceAll: async (clientId: string, requests: readonly ClaimRequest[]) => {
      await db.query({
        name: 'client-requests-delete',
        text: 'delete from client_requests where client_id = $1',
        values: [clientId],
      });
      for (const [position, request] of requests.entries()) {
        await db.query({
          name: 'client-requests-insert',
          text: `insert into client_requests (client_id, claim, necessity, purpose, purpose_version,
                   longest_duration, position, since_version)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          values: [
            clientId,
            request.claim,
            request.necessity,
            JSON.stringify(request.purpose),
            request.purposeVersion,
            request.longestDuration,
            position,
            request.sinceVersion ?? null,
          ],
        });
      }
    },
  });
}
