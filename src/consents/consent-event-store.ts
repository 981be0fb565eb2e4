import type { Database } from '../platform/postgres/postgres.ts';
import type { Consent, ConsentEvent } from './consent.ts';

export interface EventQuery {
  readonly accountId: string;
  readonly clientId: string | null;
  /** Only events older than the one with this id. */
  readonly before: string | null;
  readonly from: Date | null;
  /** Only events before this moment. */
  readonly until: Date | null;
  readonly limit: number;
}

export interface ConsentEventStore {
  /** Newest first. */
  listEvents(query: EventQuery): Promise<ConsentEvent[]>;
  /** Has the app given this claim back? */
  wasHandedBack(
    consent: Pick<Consent, 'id' | 'accountId' | 'clientId'>,
    claim: string,
  ): Promise<boolean>;
}

/** Reads table `consent_events`, the append-only history of consents. */
export function createConsentEventStore(db: Database): ConsentEventStore {
  return Object.freeze({
    wasHandedBack: async (
      { id, accountId, clientId }: Pick<Consent, 'id' | 'accountId' | 'clientId'>,
      claim: string,
    ) => {
      const rows = await db.query({
        name: 'consents-find-handed-back',
        text: `select 1 from consent_events
               where account_id = $1 and client_id = $2 and consent_id = $3 and kind = 'handed_back'
                 and details -> 'dropped' -> 'claims' ? $4
               limit 1`,
        values: [accountId, clientId, id, claim],
      });
      return rows.length > 0;
    },
    listEvents: (query: EventQuery) =>
      db.query<ConsentEvent>({
        name: 'consents-list-events',
        text: `select id, consent_id as "consentId", account_id as "accountId", client_id as "clientId", kind, details,
            locale, occurred_at as "occurredAt"
          from consent_events
          where account_id = $1 and ($2::text is null or client_id = $2) and ($3::bigint is null or id < $3)
            and ($4::timestamptz is null or occurred_at >= $4) and ($5::timestamptz is null or occurred_at < $5)
          order by occurred_at desc, id desc limit $6`,
        values: [
          query.accountId,
          query.clientId,
          query.before,
          query.from,
          query.until,
          query.limit,
        ],
      }),
  });
}
