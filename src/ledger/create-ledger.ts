import { AppError } from '../platform/app-error.ts';
import { bindUseCases } from '../platform/bind-use-cases.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { currentRequest } from '../platform/request-context.ts';
import { createCheckpointStore } from './checkpoint-store.ts';
import type { LedgerContext } from './context.ts';
import { createGroupCommit } from './group-commit.ts';
import { createPartitionStore } from './partition-store.ts';
import type { Release } from './release.ts';
import { createReleaseStore, type NewReleaseRow } from './release-store.ts';
import { signRemoval } from './removal.ts';
import { signCheckpoints } from './sign-checkpoints.ts';
import { createUnsignedTime } from './unsigned-time.ts';
import { verifyLedger } from './verify-ledger.ts';

const MONTHS_AHEAD = 3;

/** Connects the ledger to its tables. */
export function createLedger(ctx: LedgerContext) {
  const { db, clock } = ctx;
  const { insert, ...readers } = createReleaseStore(db);
  const unsigned = createUnsignedTime();
  const commit = createGroupCommit<NewReleaseRow>(insert);
  return {
    ...readers,
    ...bindUseCases(ctx, { signRemoval, signCheckpoints, verify: verifyLedger }),

    /**
     * Resolves when the row is durable: only then may the values be released. Rows of concurrent releases are written
     * together, so that the cost is about one statement per batch.
     * @throws AppError `ledger_unavailable`: then nothing may be released.
     */
    append: (release: Release): Promise<void> => commit(unsigned.note(toRow(clock, release))),

    /** Writes the row inside the caller's transaction, for a release that changes something else as well. */
    async appendIn(tx: Database, release: Release): Promise<void> {
      try {
        await createReleaseStore(tx).insert([unsigned.note(toRow(clock, release))]);
      } catch (cause) {
        throw new AppError('unavailable', 'ledger_unavailable', { cause, retryAfterSeconds: 2 });
      }
    },

    /** Seconds since the first release of this node that no checkpoint covers; 0 when all are covered. */
    async unsignedSeconds(): Promise<number> {
      const madeAt = await createCheckpointStore(db).lastMadeAt();
      return unsigned.secondsSince(madeAt, clock.now());
    },

    /**
     * Creates the partitions of this month and the next three. There is none for other times: a release without a
     * partition fails, and nothing is released.
     */
    ensurePartitions: () => createPartitionStore(db).ensure(clock.now(), MONTHS_AHEAD),
  };
}

export type Ledger = ReturnType<typeof createLedger>;

function toRow(clock: Clock, { ip, ...release }: Release): NewReleaseRow {
  const request = currentRequest();
  return {
    ...release,
    ip: ip ?? request?.ip ?? null,
    requestId: request?.requestId ?? null,
    releasedAt: clock.now(),
  };
}
