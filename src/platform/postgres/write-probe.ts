import { redisCall, type Redis } from '../redis/redis.ts';
import type { Database } from './database.ts';
import { sql } from './sql.ts';

const PROBE_KEY = 'consentry:probe';
const PROBE_SECONDS = 60;

/**
 * Writes one row and waits until it is durable. A standby, a read-only database and a full disk still answer reads.
 * @throws AppError `database_unavailable`
 */
export async function probeDatabase(db: Database): Promise<void> {
  await db.execute(sql`update write_probe set written_at = clock_timestamp()`);
}

/**
 * Writes one key. A replica and a Redis without memory still answer PING.
 * @throws AppError `redis_unavailable`
 */
export async function probeRedis(redis: Redis): Promise<void> {
  await redisCall(redis.set(PROBE_KEY, '1', 'EX', PROBE_SECONDS));
}

/** The same check with a cache: the last outcome is used while it is younger than `milliseconds`. */
export function atMostEvery(milliseconds: number, check: () => Promise<void>): () => Promise<void> {
  let last: { readonly at: number; readonly outcome: Promise<void> } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at >= milliseconds) last = { at: now, outcome: check() };
    return last.outcome;
  };
}
