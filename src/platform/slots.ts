import { AppError } from './app-error.ts';

/**
 * Limits the number of concurrent tasks in this process: `atOnce` tasks run and `waiting` more may wait, first come,
 * first served.
 */
export function createSlots({ atOnce, waiting }: { atOnce: number; waiting: number }) {
  const queue: (() => void)[] = [];
  let running = 0;

  const enter = (): Promise<void> | undefined => {
    if (running < atOnce) {
      running += 1;
      return undefined;
    }
    if (queue.length >= waiting) {
      throw new AppError('unavailable', 'busy', { retryAfterSeconds: 2 });
    }
    // The next task takes the place of the one that ended, so `running` stays.
    return new Promise((resolve) => queue.push(resolve));
  };
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  return {
    /** Waits for its turn, then runs. @throws AppError `busy` at once when too many wait already. */
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
