import { AppError } from './app-error.ts';
import { createFairQueue } from './fair-queue.ts';

/** Limits of concurrent and of waiting tasks. */
interface SlotLimits {
  readonly atOnce: number;
  readonly waiting: number;
  /** Further places for preferred tasks to wait. Default 0. */
  readonly waitingPreferred?: number;
  /** Default: as long as it takes. */
  readonly waitMs?: number;
}

/** Decides when a task that waits has its turn. */
export interface Turn {
  /** Preferred tasks and others take turns, and each kind has its own places to wait. */
  readonly isPreferred?: boolean;
  /** Names of the groups that the task belongs to, from wide to narrow; groups of one level take turns. Default: one group. */
  readonly origin?: readonly string[];
}

interface Waiting {
  readonly origin: readonly string[];
  readonly begin: () => void;
  readonly refuse: () => void;
}

const RETRY_AFTER_SECONDS = 2;
const ONE_GROUP = [''];

/** Limits the number of concurrent tasks in this process; further ones wait for their turn. */
export function createSlots({ atOnce, waiting, waitingPreferred = 0, waitMs }: SlotLimits) {
  const others = createFairQueue<Waiting>(waiting);
  const preferred = createFairQueue<Waiting>(waitingPreferred);
  let running = 0;
  let isPreferredNext = true;

  const enter = ({ isPreferred = false, origin = ONE_GROUP }: Turn): Promise<void> | undefined => {
    if (running < atOnce) {
      running += 1;
      return undefined;
    }
    // The next task takes the place of the one that ended, so `running` stays.
    return new Promise((resolve, reject) => {
      const task: Waiting = {
        origin,
        begin: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: () => {
          clearTimeout(timer);
          reject(busy());
        },
      };
      const giveUp = (): void => {
        if (preferred.remove(task) || others.remove(task)) task.refuse();
      };
      const timer = waitMs === undefined ? undefined : setTimeout(giveUp, waitMs);
      let displaced: Waiting | null = task;
      if (isPreferred) displaced = preferred.add(task, origin);
      // A preferred task without a place waits among the others.
      if (displaced !== null) displaced = others.add(displaced, displaced.origin);
      displaced?.refuse();
    });
  };
  const leave = (): void => {
    const [first, second] = isPreferredNext ? [preferred, others] : [others, preferred];
    isPreferredNext = !isPreferredNext;
    const next = first.take() ?? second.take();
    if (next === undefined) running -= 1;
    else next.begin();
  };

  return {
    /** Waits for its turn, then runs. @throws AppError `busy` when too many wait already (at once) or the turn did not come in time. */
    async run<T>(work: () => Promise<T>, turn: Turn = {}): Promise<T> {
      await enter(turn);
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
