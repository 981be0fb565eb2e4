import type { Database } from '../../platform/postgres/postgres.ts';
import type { Consent, PauseReason } from '../consent.ts';

/** A consent that may have to be paused. */
export type PauseCandidate = Pick<Consent, 'id' | 'accountId' | 'clientId'>;

export interface Pause {
  readonly consentId: string;
  readonly suspendedAt: Date;
  readonly reason: PauseReason;
  /** Null: whenever it was decided. */
  readonly decidedBefore: Date | null;
}

export interface PauseStore {
  /**
   * Active consents that allow an app to read a value and have had neither a decision nor a read since `before`,
   * those that have waited longest first.
   */
  listCandidates(before: Date, limit: number): Promise<PauseCandidate[]>;
  /** Active consents that are not suspended, in no order. */
  listInForce(limit: number): Promise<PauseCandidate[]>;
  /** Remembers a read, so that the consent is looked at again when that has become old. */
  noteRead(consentId: string, readAt: Date): Promise<void>;
  /** @returns whether it was active, not suspended and undecided since `decidedBefore` until now. */
  markSuspended(pause: Pause): Promise<boolean>;
  /** How many consents of this app were paused since then because they lay unused, and still are. */
  countPaused(clientId: string, since: Date): Promise<number>;
  /** Decided again at `resumedAt`: from then on it counts as used. */
  markResumed(consentId: string, resumedAt: Date): Promise<void>;
}

/** The columns of table `consents` with the last use of a consent. */
export function createPauseStore(db: Database): PauseStore {
  return Object.freeze({
    listCandidates: (before: Date, limit: number) =>
      db.query<PauseCandidate>({
        name: 'consents-list-unused',
        text: `select id, account_id as "accountId", client_id as "clientId" from consents
          where status = 'active' and suspended_at is null and greatest(updated_at, last_read_seen_at) < $1
            and (exists (select 1 from consent_items
                  where consent_id = consents.id and decision = 'share' and attribute_id is not null)
              or exists (select 1 from consent_scopes
                  where consent_id = consents.id and decision = 'allow' and resource = '' and scope = 'account:read'))
          order by greatest(updated_at, last_read_seen_at) limit $2`,
        values: [before, limit],
      }),
    listInForce: (limit: number) =>
      db.query<PauseCandidate>({
        name: 'consents-list-in-force',
        text: `select id, account_id as "accountId", client_id as "clientId" from consents
          where status = 'active' and suspended_at is null limit $1`,
        values: [limit],
      }),
    noteRead: async (consentId: string, readAt: Date) => {
      await db.query({
        name: 'consents-note-read',
        text: 'update consents set last_read_seen_at = $2 where id = $1',
        values: [consentId, readAt],
      });
    },
    markSuspended: async ({ consentId, suspendedAt, reason, decidedBefore }: Pause) => {
      const rows = await db.query({
        name: 'consents-mark-suspended',
        text: `update consents set suspended_at = $2, suspended_for = $3, version = version + 1
          where id = $1 and status = 'active' and suspended_at is null
            and ($4::timestamptz is null or updated_at < $4) returning id`,
        values: [consentId, suspendedAt, reason, decidedBefore],
      });
      return rows.length === 1;
    },
    countPaused: async (clientId: string, since: Date) => {
      const [row] = await db.query<{ count: number }>({
        name: 'consents-count-paused',
        text: `select count(distinct consents.id)::int as count
          from consent_events join consents on consents.id = consent_events.consent_id
          where consent_events.client_id = $1 and consent_events.kind = 'suspended'
            and consent_events.occurred_at >= $2 and consents.status = 'active' and consents.suspended_at is not null
            and consents.suspended_for is distinct from 'restored'`,
        values: [clientId, since],
      });
      return row?.count ?? 0;
    },
    markResumed: async (consentId: string, resumedAt: Date) => {
      await db.query({
        name: 'consents-mark-resumed',
        text: 'update consents set suspended_at = null, suspended_for = null, updated_at = $2 where id = $1',
        values: [consentId, resumedAt],
      });
    },
  });
}
