import { AppError } from './app-error.ts';

/** Limits of concurrent and of waiting tasks. */
export interface SlotLimits {
  readonly atOnce: number;
  readonly waiting: number;
  /** Default: as long as it takes. */
  readonly waitMs?: number;
}

const RETRY_AFTER_SECONDS = 2;

/** Limits the number of concurrent tasks in this process, first come, first served. */
export function createSlots({ atOnce, waiting, waitMs }: SlotLimits) {
  const queue = new Set<() => void>();
  let running = 0;

  const enter = (): Promise<void> | undefined => {
    if (running < atOnce) {
      running += 1;
      return undefined;
    }
    if (queue.size >= waiting) throw busy();
    // The next task takes the place of the one that ended, so `running` stays.
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        if (queue.delete(begin)) reject(busy());
      };
      const timer = waitMs === undefined ? undefined : setTimeout(giveUp, waitMs);
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      queue.add(begin);
    });
  };
  const leave = (): void => {
    const [next] = queue;
    if (next === undefined) {
      running -= 1;
      return;
    }
    queue.delete(next);
    next();
  };

  return {
    /** Waits for its turn, then runs. @throws AppError `busy` when too many wait already (at once) or the turn did not come in time. */
    async run<T>(work: () => Promise<T>): Promise<T> {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

function busy(): AppError {
  return new AppError('unavailable', 'busy', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
