import type { Database } from '../../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../../platform/postgres/sql.ts';
import type { SilentCounter, VisibleCounter } from './attempt-counter.ts';

interface Reservation {
  readonly visible: VisibleCounter;
  /** A second counter, which counts unless the visible counter is locked; null: none. */
  readonly silent: SilentCounter | null;
  readonly at: Date;
  readonly passesLock: boolean;
  /** From this number of consecutive failures on, the reservation itself locks until `lockUntil`. */
  readonly lockFrom: number;
  readonly lockUntil: Date;
}

/** Wrong attempts in a row, the reserved one included; null for a counter that is locked. */
export interface Reserved {
  readonly visible: number | null;
  readonly silent: number | null;
}

interface Lowering {
  readonly from: number;
  readonly consecutive: number;
  readonly until: Date;
}

/** Rows of `sign_in_failures`: wrong passwords in a row, per sign-in identifier and per account. */
export function createSignInFailureStore(db: Database) {
  return {
    /** Counts an attempt as failed before the check, so that attempts in progress are counted. */
    async reserve(reservation: Reservation): Promise<Reserved> {
      const { visible, silent } = reservation;
      const isCounted = sql`${silent !== null}::boolean and exists (select 1 from visible)`;
      const [row] = await db.query<Reserved>(sql`
        with visible as (${counting(reservation, visible, sql`true`)}),
          silent as (${counting(reservation, silent, isCounted)})
        select (select consecutive from visible) as visible, (select consecutive from silent) as silent`);
      return row ?? { visible: null, silent: null };
    },

    /** Keeps the counter locked at least until then. */
    async lock(counter: Buffer, until: Date): Promise<void> {
      await db.execute(sql`update sign_in_failures set locked_until = greatest(locked_until, ${until})
        where subject_index = ${counter}`);
    },

    async lockedUntil(counter: Buffer): Promise<Date | null> {
      const [row] = await db.query<{ lockedUntil: Date | null }>(
        sql`select locked_until from sign_in_failures where subject_index = ${counter}`,
      );
      return row?.lockedUntil ?? null;
    },

    /** Removes the count of one attempt that was not checked. */
    async release(counter: Buffer, harmless: number): Promise<void> {
      await db.execute(sql`update sign_in_failures set consecutive = greatest(consecutive - 1, 0),
          locked_until = case when consecutive - 1 < ${harmless} then null else locked_until end
        where subject_index = ${counter}`);
    },

    /** Lowers counters that are at `from` or above to `consecutive`, locked until then. */
    async lower(
      counters: readonly Buffer[],
      { from, consecutive, until }: Lowering,
    ): Promise<void> {
      await db.execute(sql`update sign_in_failures set consecutive = ${consecutive}, locked_until = ${until}
        where subject_index = any(${counters}::bytea[]) and consecutive >= ${from}`);
    },

    /** Resets counters. */
    async clear(counters: readonly Buffer[]): Promise<void> {
      if (counters.length > 0) await db.execute(clearance(counters, sql`true`));
    },

    async deleteOlderThan(before: Date, consecutiveBelow: number): Promise<number> {
      const rows = await db.query(sql`delete from sign_in_failures
        where last_failed_at < ${before} and consecutive < ${consecutiveBelow} returning consecutive`);
      return rows.length;
    },
  };
}

function counting(
  { at, passesLock, lockFrom, lockUntil }: Reservation,
  counter: Buffer | null,
  condition: SqlStatement,
): SqlStatement {
  return sql`insert into sign_in_failures as f (subject_index, consecutive, last_failed_at)
    select ${counter}::bytea, 1, ${at}::timestamptz where ${condition}
    on conflict (subject_index) do update set consecutive = f.consecutive + 1, last_failed_at = excluded.last_failed_at,
      locked_until = case when f.consecutive + 1 >= ${lockFrom}
        then greatest(f.locked_until, ${lockUntil}::timestamptz) else f.locked_until end
    where ${passesLock}::boolean or f.locked_until is null or f.locked_until <= excluded.last_failed_at
    returning consecutive`;
}

/** Resets counters, as a part of another statement, where `condition` holds. */
export function clearance(counters: readonly Buffer[], condition: SqlStatement): SqlStatement {
  // Locks the rows in the same order as an attempt does, to prevent a deadlock.
  return sql`delete from sign_in_failures using (
      select failures.subject_index from unnest(${counters}::bytea[]) with ordinality as given (subject_index, place)
      join sign_in_failures as failures on failures.subject_index = given.subject_index
      order by given.place for update of failures) as locked
    where sign_in_failures.subject_index = locked.subject_index and ${condition}`;
}
