import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Database } from './database.ts';
import { sql } from './sql.ts';

/**
 * The time of the database on this node: the machine's clock plus the difference that was measured last. All nodes of an
 * installation share it, so times that are stored and compared mean the same on each.
 */
interface DatabaseClock extends Clock {
  /** How far the machine is ahead of the database (negative: behind); null: not measured yet. */
  differenceSeconds(): number | null;
  close(): void;
}

interface DatabaseClockOptions {
  readonly db: Database;
  readonly machine: Clock;
  readonly log: Logger;
}

/** Beyond this difference a node is not ready, because tokens of the library contain the time of the machine. */
export const MOST_DIFFERENCE_SECONDS = 5;

const MEASURE_EVERY_MS = 2_000;
/** A difference beyond this is logged. */
const NOTABLE_SECONDS = 1;
/** A smaller change of the difference may be caused by the network, so the time is not corrected for it. */
const SETTLED_MS = 50;
/** A measurement whose answer took longer is too inexact to use. */
const SLOWEST_ANSWER_MS = 1_000;

/** Measures now and every two seconds. Without the database the last difference is used. */
export async function openDatabaseClock(options: DatabaseClockOptions): Promise<DatabaseClock> {
  const { db, machine, log } = options;
  const state = { aheadMs: null as number | null, loggedSeconds: 0 };

  const measure = async (): Promise<void> => {
    const before = machine.now().getTime();
    const startedAt = performance.now();
    const [row] = await db.query<{ now: Date }>(sql`select clock_timestamp() as now`);
    const tookMs = performance.now() - startedAt;
    if (row === undefined || tookMs > SLOWEST_ANSWER_MS) return;
    const aheadMs = before + tookMs / 2 - row.now.getTime();
    const isSettled = Math.abs(aheadMs - (state.aheadMs ?? 0)) <= SETTLED_MS + tookMs / 2;
    state.aheadMs = isSettled ? (state.aheadMs ?? 0) : aheadMs;
    report(state.aheadMs / 1000);
  };
  const report = (seconds: number): void => {
    if (Math.abs(seconds - state.loggedSeconds) < NOTABLE_SECONDS) return;
    state.loggedSeconds = seconds;
    const fields = { differenceSeconds: Math.round(seconds * 1000) / 1000 };
    if (Math.abs(seconds) < NOTABLE_SECONDS) log.info(fields, 'the clock of this machine is right');
    else log.warn(fields, 'the clock of this machine differs from the clock of the database');
  };

  const tryToMeasure = () => measure().catch(() => undefined);
  await tryToMeasure();
  const timer = setInterval(() => void tryToMeasure(), MEASURE_EVERY_MS).unref();
  return Object.freeze({
    now: () => new Date(machine.now().getTime() - (state.aheadMs ?? 0)),
    differenceSeconds: () => (state.aheadMs === null ? null : state.aheadMs / 1000),
    close: () => clearInterval(timer),
  });
}
