import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import {
  type ClaimedNotice,
  type DeliveryFailure,
  type LogoutNotice,
  NOTICE_LIMITS,
  pauseAfter,
} from './logout-notice.ts';

interface FailedAttempt extends DeliveryFailure {
  readonly notice: ClaimedNotice;
}

const PURGE_ROWS = 5_000;

/** Rows of `logout_notices`. A trigger of `sessions` writes them. `db` is the pool or a transaction. */
export function createLogoutNoticeStore(db: Database) {
  return {
    ...finishing(db),

    /** Newest first. */
    list: (clientId: string): Promise<LogoutNotice[]> =>
      db.query(sql`select id, cause, status, attempts, last_error, created_at, finished_at,
          case when status = 'waiting' then next_attempt_at end as next_attempt_at
        from logout_notices where client_id = ${clientId}
        order by created_at desc, position desc limit ${NOTICE_LIMITS.listed}`),

    /** The number of notices that were given up within the last day. */
    async countFailedOfDay(clientId: string): Promise<number> {
      const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count
        from logout_notices where client_id = ${clientId} and status = 'failed' and finished_at > now() - interval '1 day'`);
      return row?.count ?? 0;
    },

    /**
     * The next notice of an app, in the order in which they were written, for this process alone. Null when none is due, another process
     * is sending one, or the first one waits for an app that does not answer.
     */
    async claim(clientId: string): Promise<ClaimedNotice | null> {
      const [row] = await db.query<ClaimedNotice>(sql`
        with first as materialized (
          select id from logout_notices
          where client_id = ${clientId} and status = 'waiting'
            and (holds_others or next_attempt_at <= now() or claimed_until > now())
          order by position limit 1)
        update logout_notices
        set claimed_until = now() + make_interval(secs => ${NOTICE_LIMITS.claim}), attempts = attempts + 1
        from first
        where logout_notices.id = first.id and status = 'waiting' and next_attempt_at <= now()
          and (claimed_until is null or claimed_until <= now())
        returning logout_notices.id, client_id, account_id, sid, attempts`);
      return row ?? null;
    },

    /** Apps with notices that are due and that no process is sending. */
    async listDueApps(): Promise<string[]> {
      const rows = await db.query<{
        clientId: string;
      }>(sql`select distinct client_id from logout_notices
        where status = 'waiting' and next_attempt_at <= now() and (claimed_until is null or claimed_until <= now())`);
      return rows.map(({ clientId }) => clientId);
    },

    /** Starts another round of attempts. @returns false when it is not given up. */
    async retry(clientId: string, id: string): Promise<boolean> {
      const rows = await db.query(sql`update logout_notices
        set status = 'waiting', attempts = 0, holds_others = false, next_attempt_at = now(), finished_at = null,
          claimed_until = null, give_up_at = now() + interval '2 days'
        where id = ${id}::uuid and client_id = ${clientId} and status = 'failed' returning 1`);
      return rows.length > 0;
    },

    async exists(clientId: string, id: string): Promise<boolean> {
      const rows = await db.query(
        sql`select 1 from logout_notices where id = ${id}::uuid and client_id = ${clientId}`,
      );
      return rows.length > 0;
    },

    /** Deletes a batch of old rows. @returns how many, and whether there may be more. */
    async deleteOld(): Promise<{ readonly count: number; readonly isMore: boolean }> {
      const rows = await db.query(sql`delete from logout_notices where id in (
          select id from logout_notices where created_at < now() - make_interval(days => ${NOTICE_LIMITS.keptDays})
          limit ${PURGE_ROWS} for update skip locked)
        returning 1`);
      return { count: rows.length, isMore: rows.length === PURGE_ROWS };
    },
  };
}

/** The ends of one attempt. */
function finishing(db: Database) {
  return {
    async markDelivered({ id }: ClaimedNotice): Promise<void> {
      await db.execute(sql`update logout_notices
        set status = 'delivered', last_error = null, holds_others = false, claimed_until = null, finished_at = now()
        where id = ${id}::uuid and status = 'waiting'`);
    },

    /**
     * Plans the next attempt, or gives the notice up; after an outage of two days, with all notices of the app that are as old.
     * @returns the moment of the next attempt; null: given up.
     */
    async markFailed({ notice, code, kind }: FailedAttempt): Promise<Date | null> {
      const isFinal =
        kind === 'final' || (kind === 'refusal' && notice.attempts >= NOTICE_LIMITS.refusals);
      const [row] = await db.query<{
        nextAttemptAt: Date;
        isOver: boolean;
      }>(sql`update logout_notices
        set last_error = ${code}, holds_others = ${kind === 'outage'}, claimed_until = null,
          next_attempt_at = now() + make_interval(secs => ${pauseAfter(notice.attempts)})
        where id = ${notice.id}::uuid and status = 'waiting'
        returning next_attempt_at, (give_up_at <= now() or ${isFinal}::boolean) as is_over`);
      if (row === undefined || !row.isOver) return row?.nextAttemptAt ?? null;
      await db.execute(sql`update logout_notices
        set status = 'failed', holds_others = false, finished_at = now(), last_error = coalesce(last_error, ${code})
        where status = 'waiting' and client_id = ${notice.clientId}
          and (id = ${notice.id}::uuid or (${kind === 'outage'}::boolean and give_up_at <= now()))`);
      return null;
    },
  };
}
