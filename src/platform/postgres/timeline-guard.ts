import { setTimeout as pause } from 'node:timers/promises';

import { AppError } from '../app-error.ts';
import type { ChangeFeed } from '../change-feed.ts';
import {
  createInstallationStore,
  createKeyInstallationStore,
  type InstallationRow,
  type KeyInstallationRow,
} from './installation-store.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { Database } from './database.ts';

/**
 * Detects that the main database is not the one that this installation last used: a restored dump, another database, or
 * a replica that had not received every commit when it was promoted. The nodes raise a marker in the main database
 * every few seconds and copy it to the key store afterwards, so a main database with a lower marker has lost commits. A
 * promoted replica with all commits has the current marker and is used unchanged. The loss of changes between the last
 * marker and a crash is not detected.
 */
export interface TimelineGuard {
  /**
   * Resolves when this is the right database. Compares again when the connection to it was new or the last comparison
   * is old.
   * @throws AppError `restore_required`, `key_store_unavailable` (kind `unavailable`).
   */
  require(): Promise<void>;
  /** Was this the right database at the last comparison? Needs no statement. */
  isSame(): boolean;
  /** Raises the marker, so that the loss of any change before it is noticed, and ends the comparisons. */
  close(): Promise<void>;
}

/** For the restore command: every database is accepted. */
export const UNGUARDED: TimelineGuard = Object.freeze({
  require: () => Promise.resolve(),
  isSame: () => true,
  close: () => Promise.resolve(),
});

/** The result of the comparison of both rows. */
export type TimelineState = 'same' | 'foreign' | 'restoring' | 'rewound';

interface TimelineGuardDeps {
  readonly db: Database;
  readonly keyStore: Pick<KeyStore, 'db'>;
  readonly feed: Pick<ChangeFeed, 'onGap' | 'forgetEverything'>;
  /** Called with every change; `same` after another state means that an operator restored the database. */
  readonly onChange: (state: TimelineState) => void;
  /** Called after each comparison: reads the changes that other nodes made in the key store. */
  readonly onBeat: () => Promise<void>;
}

const BEAT_MS = 1_000;
/** How long a node continues to work without a comparison. */
const TRUST_MS = 30_000;
const RETRY_SECONDS = 5;
/** How long a request waits for a comparison. */
const PATIENCE_MS = 1_500;
/** Maximum number of consecutive new connections within one request; more mean that the database cannot be used. */
const MOST_COMPARISONS = 3;

/** Compares for the first time, then every second. @throws AppError as {@link TimelineGuard.require}. */
export async function openTimelineGuard(deps: TimelineGuardDeps): Promise<TimelineGuard> {
  const comparison = createComparison(deps);
  const { isSame, compare } = comparison;
  const requireSame = async (): Promise<void> => {
    // A database that does not answer must not delay the request longer.
    await Promise.race([
      compareUntilFresh(comparison).catch(() => undefined),
      pause(PATIENCE_MS, undefined, { ref: false }),
    ]);
    if (!comparison.isFresh()) throw notComparable();
    if (!isSame()) throw refusalOf(comparison.state());
  };

  const unsubscribe = deps.feed.onGap(comparison.distrust);
  await compare();
  await requireSame();
  const watch = startBeat(async () => {
    await compare().catch(() => undefined);
    if (isSame()) await deps.onBeat().catch(() => undefined);
  });

  return Object.freeze({
    isSame,
    require: async () => {
      if (!isSame()) await requireSame();
    },
    close: async () => {
      unsubscribe();
      await watch.stop();
      if (isSame()) await comparison.raise().catch(() => undefined);
    },
  });
}

/** A comparison in progress may have read the database before the connection changed. */
async function compareUntilFresh({ isFresh, compare }: Comparison): Promise<void> {
  for (let attempt = 0; attempt < MOST_COMPARISONS && !isFresh(); attempt += 1) await compare();
}

type Comparison = ReturnType<typeof createComparison>;

/** The last comparison, and the function for the next one. */
function createComparison(deps: TimelineGuardDeps) {
  const main = createInstallationStore(deps.db);
  const keys = createKeyInstallationStore(deps.keyStore.db);
  let state: TimelineState | null = null;
  let comparedAt = -Infinity;
  /** Connections that were replaced, and how many of them the last comparison took into account. */
  const replaced = { connections: 0, compared: 0 };
  let comparing: Promise<void> | null = null;

  const take = (next: TimelineState): void => {
    if (next === state) return;
    const before = state;
    state = next;
    // Caches may contain rows of the previous database.
    if (next === 'same' && before !== null) deps.feed.forgetEverything();
    if (before !== null || next !== 'same') deps.onChange(next);
  };
  const compareOnce = async (): Promise<void> => {
    const startedAt = performance.now();
    const { connections } = replaced;
    // The key store is read first, because each of its markers was in the main database before.
    const expected = await keys.find();
    const found = await main.find().catch((error: unknown) => {
      if (isTableMissing(error)) return null;
      throw error;
    });
    take(compareTimelines(found, expected));
    comparedAt = startedAt;
    replaced.compared = connections;
    const marker = state === 'same' ? await main.advanceWhenDue() : null;
    if (marker !== null) await keys.raiseMarker(marker);
  };
  const isFresh = (): boolean =>
    replaced.compared === replaced.connections && performance.now() - comparedAt < TRUST_MS;

  return {
    /** Joins a comparison in progress. */
    compare: (): Promise<void> => {
      comparing ??= compareOnce().finally(() => {
        comparing = null;
      });
      return comparing;
    },
    /** Call when the connection to the main database is new: it may lead to another database. */
    distrust: (): void => {
      replaced.connections += 1;
    },
    isFresh,
    isSame: () => state === 'same' && isFresh(),
    state: (): TimelineState => state ?? 'foreign',
    raise: async (): Promise<void> => {
      const marker = await main.advance();
      if (marker !== null) await keys.raiseMarker(marker);
    },
  };
}

/** Does the main database belong to the key store, and does it have all commits? */
export function compareTimelines(
  main: InstallationRow | null,
  keys: KeyInstallationRow | null,
): TimelineState {
  if (main === null || keys === null || main.id !== keys.id) return 'foreign';
  if (keys.restoreStartedAt !== null) return 'restoring';
  const isRewound = main.incarnation !== keys.incarnation || main.marker < keys.marker;
  return isRewound ? 'rewound' : 'same';
}

const WORDS: Readonly<Record<Exclude<TimelineState, 'same'>, string>> = {
  foreign: 'The main database is not the one that the key store belongs to.',
  restoring: 'A restore of the main database has begun and has not ended.',
  rewound: 'The main database lacks changes that this installation made.',
};

function refusalOf(state: TimelineState): AppError {
  const words = WORDS[state === 'same' ? 'rewound' : state];
  return new AppError('unavailable', 'restore_required', {
    retryAfterSeconds: RETRY_SECONDS,
    detail: `${words} If it was restored on purpose, run "consentry restore"; otherwise correct DATABASE_URL or KEY_STORE_URL.`,
  });
}

function notComparable(): AppError {
  return new AppError('unavailable', 'key_store_unavailable', {
    retryAfterSeconds: RETRY_SECONDS,
    detail: 'The main database and the key store cannot be compared.',
  });
}

/** SQLSTATE 42P01: the schema is not there (yet). */
function isTableMissing(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return code === '42P01' || cause?.code === '42P01';
}

function startBeat(beat: () => Promise<void>): { stop(): Promise<void> } {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const plan = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = beat().then(plan);
    }, BEAT_MS).unref();
  };
  plan();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
