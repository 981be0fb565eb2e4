import { AppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { currentRequest } from '../platform/request-context.ts';
import type { Signer } from '../platform/keys/signer.ts';
import { createGroupCommit } from './group-commit.ts';
import { createPartitionStore } from './partition-store.ts';
import { createReleaseStore, type NewReleaseRow } from './release-store.ts';
import { createReadCountStore } from './read-count-store.ts';
import type {
  ReadsOfApp,
  ReadsOfClaim,
  ReadsOfDay,
  RecordedRelease,
  Release,
  ReleaseFilter,
  ReleaseQuery,
} from './release.ts';
import { signRemoval } from './removal.ts';
import { createCheckpointStore } from './checkpoint-store.ts';
import { createUnsignedTime } from './unsigned-time.ts';
import { signCheckpoints, type CheckpointName } from './sign-checkpoints.ts';
import { verifyLedger, type VerifiedLedger, type VerifyLedgerInput } from './verify-ledger.ts';

export { CHANNELS } from './release.ts';
export type {
  Channel,
  ReadsOfApp,
  ReadsOfClaim,
  ReadsOfDay,
  RecordedRelease,
  Release,
  ReleaseCursor,
  ReleaseFilter,
  ReleaseQuery,
} from './release.ts';
export type { CheckpointName } from './sign-checkpoints.ts';
export type { Finding, VerifiedLedger, VerifyLedgerInput } from './verify-ledger.ts';

/** The append-only record of the values that apps received. */
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
  /** The app that read last first. */
  readsByApp(filter: ReleaseFilter): Promise<ReadsOfApp[]>;
  /** The newest read first. */
  readsByClaim(filter: ReleaseFilter): Promise<ReadsOfClaim[]>;
  /** Days with at least one reading, oldest first. */
  readsByDay(filter: ReleaseFilter): Promise<ReadsOfDay[]>;
  /** See {@link signRemoval}: for an account that is purged. */
  signRemoval(tx: Database, accountId: string): Promise<void>;
  /** See {@link signCheckpoints}. */
  signCheckpoints(signal?: AbortSignal): Promise<readonly CheckpointName[]>;
  /** For how long releases of this node may have been without a signed end; 0 when the last one is covered. */
  unsignedSeconds(): Promise<number>;
  /** See {@link verifyLedger}. */
  verify(input: VerifyLedgerInput): Promise<VerifiedLedger>;
  /**
   * Makes the partitions of this month and the next three. There is none for other times: a release that has no place
   * fails, and nothing leaves.
   */
  ensurePartitions(): Promise<void>;
}

export interface LedgerDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly signer: Signer;
}

const MONTHS_AHEAD = 3;

/** Connects the ledger to its table. */
export function createLedger(deps: LedgerDeps): Ledger {
  const { db, clock } = deps;
  const store = createReleaseStore(db);
  const unsigned = createUnsignedTime();
  const commit = createGroupCommit<NewReleaseRow>((rows) => store.insert(rows));
  return Object.freeze({
    append: (release: Release) => commit(unsigned.note(toRow(clock, release))),
    appendIn: async (tx: Database, release: Release) => {
      try {
        await createReleaseStore(tx).insert([unsigned.note(toRow(clock, release))]);
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
    ...createReadCountStore(db),
    signRemoval: (tx: Database, accountId: string) => signRemoval(deps, tx, accountId),
    signCheckpoints: (signal?: AbortSignal) => signCheckpoints(deps, signal),
    unsignedSeconds: async () => {
      const madeAt = await createCheckpointStore(db).lastMadeAt();
      return unsigned.secondsSince(madeAt, clock.now());
    },
    verify: (input: VerifyLedgerInput) => verifyLedger(deps, input),
    ensurePartitions: () => createPartitionStore(db).ensure(clock.now(), MONTHS_AHEAD),
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
