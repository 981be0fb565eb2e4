import { createHash, randomBytes } from 'node:crypto';

import { AppError } from './app-error.ts';

interface BoundedCounterOptions {
  readonly windowSeconds: number;
}

const ROWS = 2;
const SLOTS_PER_ROW = 32_768;

/**
 * Counts events per key in this process, in a fixed amount of memory however many keys there are.
 * A count-min sketch with fixed windows: two rows of 32 768 counters, 256 KiB. Each key has one place per row, chosen by
 * a hash that callers cannot predict, and its count is the lower of the two.
 */
function createBoundedCounter({ windowSeconds }: BoundedCounterOptions) {
  const seed = randomBytes(16);
  const counts = new Uint32Array(ROWS * SLOTS_PER_ROW);
  const windowMs = windowSeconds * 1_000;
  let window = 0;

  return {
    /**
     * Adds one event to `key` at `nowMs`.
     * @returns how many events `key` has in the current window: never too few. Rarely too many, because two keys can share a place.
     */
    add(key: string, nowMs: number): number {
      const current = Math.floor(nowMs / windowMs);
      if (current !== window) {
        counts.fill(0);
        window = current;
      }
      const digest = createHash('sha256').update(seed).update(key).digest();
      let lowest = Number.POSITIVE_INFINITY;
      for (let row = 0; row < ROWS; row += 1) {
        const slot = row * SLOTS_PER_ROW + (digest.readUInt16BE(row * 2) % SLOTS_PER_ROW);
        const count = (counts[slot] ?? 0) + 1;
        counts[slot] = count;
        lowest = Math.min(lowest, count);
      }
      return lowest;
    },

    /** Milliseconds until the current window ends. */
    untilNextWindow(nowMs: number): number {
      return windowMs - (nowMs % windowMs);
    },
  };
}

type BoundedCounter = ReturnType<typeof createBoundedCounter>;

/** A limit that one node applies by itself. */
interface NodeLimit {
  readonly name: string;
  readonly key: string | readonly string[];
  readonly points: number;
  readonly perSeconds: number;
}

/**
 * Takes one point per key from limits that this node counts by itself, in fixed memory per limit.
 * @returns a function that throws AppError `rate_limited` when no point is left.
 */
export function createNodeLimiter(): (limit: NodeLimit) => void {
  const counters = new Map<string, BoundedCounter>();
  return ({ name, key, points, perSeconds }) => {
    const id = `${name} ${String(perSeconds)}`;
    const counter = counters.get(id) ?? createBoundedCounter({ windowSeconds: perSeconds });
    counters.set(id, counter);
    const now = Date.now();
    const keys = typeof key === 'string' ? [key] : key;
    if (keys.every((one) => counter.add(one, now) <= points)) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(counter.untilNextWindow(now) / 1_000));
    throw new AppError('too_many', 'rate_limited', { retryAfterSeconds });
  };
}
