import { AppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres.ts';
import { currentRequest } from '../platform/request-context.ts';
import { createGroupCommit } from './group-commit.ts';
import { createReleaseStore, type NewReleaseRow } from './release-store.ts';
import type { RecordedRelease, Release, ReleaseQuery } from './release.ts';

export type { Channel, RecordedRelease, Release, ReleaseCursor, ReleaseQuery } from './release.ts';

/** The append-only record of what apps were handed. */
export interface Ledger {
  /**
   * Resolves when the row is durable: only then may the values leave. Rows that wait for each other are written
   * together, so the cost is about one statement per batch.
   * @throws AppError `ledger_unavailable`: then nothing may leave.
   */
  append(release: Release): Promise<void>;
  /** Writes the row inside the caller's transaction, for a release that changes something else as well. */
  appendIn(tx: Database, release: Release): Promise<void>;
  /** Client id -> the last time it was handed anything. */
  lastRead(accountId: string): Promise<ReadonlyMap<string, Date>>;
  /** Claim -> the last time this app was handed it. */
  lastReadOfClaims(accountId: string, clientId: string): Promise<ReadonlyMap<string, Date>>;
  /** Newest first. */
  list(query: ReleaseQuery): Promise<RecordedRelease[]>;
  /** Makes the partitions of this month and the next two. Call at start and daily. */
  ensurePartitions(): Promise<void>;
}

export interface LedgerDeps {
  readonly db: Database;
  readonly clock: Clock;
}

const MONTHS_AHEAD = 2;

/** Connects the ledger to its table. */
export function createLedger({ db, clock }: LedgerDeps): Ledger {
  const store = createReleaseStore(db);
  const commit = createGroupCommit<NewReleaseRow>((rows) => store.insert(rows));
  return Object.freeze({
    append: (release: Release) => commit(toRow(clock, release)),
    appendIn: async (tx: Database, release: Release) => {
      try {
        await createReleaseStore(tx).insert([toRow(clock, release)]);
      } catch (cause) {
        throw new AppError('unavailable', 'ledger_unavailable', { cause, retryAfterSeconds: 2 });
      }
    },
    lastRead: async (accountId: string) => {
      const rows = await store.lastPerClient(accountId);
      return new Map(rows.map(({ clientId, releasedAt }) => [clientId, releasedAt]));
    },
    lastReadOfClaims: async (accountId: string, clientId: string) => {
      const rows = await store.lastPerClaim(accountId, clientId);
      return new Map(rows.map(({ claim, releasedAt }) => [claim, releasedAt]));
    },
    list: (query: ReleaseQuery) => store.list(query),
    ensurePartitions: async () => {
      const now = clock.now();
      await db.transaction(async (tx) => {
        const locked = createReleaseStore(tx);
        // `create table if not exists` fails when two nodes do it at the same moment.
        await locked.lockPartitions();
        for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1) {
          await locked.createPartition(
            new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)),
          );
        }
      });
    },
  });
}

function toRow(clock: Clock, release: Release): NewReleaseRow {
  const request = currentRequest();
  return {
    accountId: release.accountId,
    clientId: release.clientId,
    grantId: release.grantId,
    channel: release.channel,
    claims: release.claims,
    ip: release.ip ?? request?.ip ?? null,
    requestId: request?.requestId ?? null,
    releasedAt: clock.now(),
  };
}
