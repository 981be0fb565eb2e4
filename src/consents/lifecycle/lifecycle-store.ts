import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { ConsentKey } from '../consent.ts';

/** A consent in the version that was read, and its expired decisions that are not in the history yet. */
export interface ExpiredDecisions extends ConsentKey {
  readonly version: number;
  readonly claims: readonly string[];
}

/** The searches of the background jobs in the tables of consents. */
export function createLifecycleStore(db: Database) {
  return {
    /**
     * Active consents that allow an app to read a value and have had neither a decision nor a read since `before`; the
     * longest unused ones first.
     */
    listUnused(before: Date, limit: number): Promise<ConsentKey[]> {
      return db.query<ConsentKey>(sql`select account_id, client_id from consents
        where status = 'active' and suspended_at is null and greatest(updated_at, last_read_seen_at) < ${before}
          and (exists (select 1 from consent_items
                where consent_id = consents.id and decision = 'share' and attribute_id is not null)
            or exists (select 1 from consent_scopes
                where consent_id = consents.id and decision = 'allow' and resource = '' and scope = 'account:read'))
        order by greatest(updated_at, last_read_seen_at) limit ${limit}`);
    },

    /** Active consents that are not paused, in no order. */
    listInForce(limit: number): Promise<ConsentKey[]> {
      return db.query<ConsentKey>(sql`select account_id, client_id from consents
        where status = 'active' and suspended_at is null limit ${limit}`);
    },

    /** Stores the time of a read, so that the consent is checked again only when that time is long ago. */
    async noteRead({ accountId, clientId }: ConsentKey, readAt: Date): Promise<void> {
      await db.execute(sql`update consents set last_read_seen_at = ${readAt}
        where account_id = ${accountId} and client_id = ${clientId} and status = 'active'`);
    },

    /**
     * The number of consents of this app that were paused since then because they were unused, and are still paused.
     */
    async countPaused(clientId: string, since: Date): Promise<number> {
      const [row] = await db.query<{
        count: number;
      }>(sql`select count(distinct consents.id)::int as count
        from consent_events join consents on consents.id = consent_events.consent_id
        where consent_events.client_id = ${clientId} and consent_events.kind = 'suspended'
          and consent_events.occurred_at >= ${since} and consents.status = 'active'
          and consents.suspended_at is not null and consents.suspended_for is distinct from 'restored'`);
      return row?.count ?? 0;
    },

    /** Consents with decisions that have expired by `now` and are not in the history yet. */
    listExpired(now: Date, limit: number): Promise<ExpiredDecisions[]> {
      return db.query<ExpiredDecisions>(sql`select
          consents.account_id, consents.client_id, consents.version, array_agg(consent_items.claim) as claims
        from consent_items join consents on consents.id = consent_items.consent_id
        where consent_items.expires_at <= ${now} and consent_items.expiry_told_at is null
          and consent_items.decision = 'share' and consents.status = 'active'
        group by consents.id limit ${limit}`);
    },
  };
}
