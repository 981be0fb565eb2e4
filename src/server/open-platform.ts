import { type Config, directUrlOf } from '../config/config.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import type { BlobStore } from '../platform/blobs/blob-store.ts';
import { openMasterKeys } from './master-keys.ts';
import { type ChangeFeed, openChangeFeed } from '../platform/change-feed.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { type DatabaseClock, openDatabaseClock } from '../platform/postgres/database-clock.ts';
import { createSealer, type Sealer } from '../platform/keys/encryption.ts';
import { createInstruments, type Instruments } from '../platform/instruments.ts';
import { createJobs, type Jobs } from '../platform/jobs/jobs.ts';
import type { Keyring } from '../platform/keys/keyring.ts';
import { openKeyStore, type KeyStore } from '../platform/keys/key-store.ts';
import { createLogger, type Logger } from '../platform/logger.ts';
import { MAIL, SMS } from '../messaging/message.ts';
import { createMessageQueue, type MessageQueue } from '../messaging/message-queue.ts';
import { openBlobStore } from '../platform/blobs/open-blob-store.ts';
import { openPostgres, type Postgres } from '../platform/postgres/postgres.ts';
import {
  createRateLimiter,
  type RateLimiter,
  type RateLimitRule,
} from '../platform/rate-limiter.ts';
import { openRedis, type Redis } from '../platform/redis/redis.ts';
import { createSigner, type Signer } from '../platform/keys/signer.ts';
import {
  openTimelineGuard,
  UNGUARDED,
  type TimelineGuard,
  type TimelineState,
} from '../platform/postgres/timeline-guard.ts';
import { openTransientKeys, type TransientKeys } from '../platform/keys/transient-keys.ts';

/** Connections and other things without product words. */
export interface Platform {
  readonly config: Config;
  readonly clock: Clock;
  /** Measures how far this machine's clock is off. */
  readonly databaseClock: DatabaseClock;
  readonly log: Logger;
  readonly instruments: Instruments;
  readonly db: Postgres;
  readonly redis: Redis | null;
  readonly feed: ChangeFeed;
  readonly keyring: Keyring;
  /** Over the keyring: for values that are kept for long. */
  readonly masterSealer: Sealer;
  /** The keys that a dump of the main database must not hold. */
  readonly keyStore: KeyStore;
  /** Whether the main database is the one to work with. */
  readonly timeline: TimelineGuard;
  readonly transientKeys: TransientKeys;
  /** Over the transient keys: for values that are kept for hours and must be unreadable in an old copy of the database. */
  readonly transientSealer: Sealer;
  readonly rateLimiter: RateLimiter;
  readonly jobs: Jobs;
  readonly blobs: BlobStore;
  readonly signer: Signer;
  readonly mailer: MessageQueue;
  readonly sms: MessageQueue;
}

export interface PlatformOptions {
  /** Tests set it: it is then the time of everything. Default: the machine's, corrected by the database's. */
  readonly clock?: Clock;
  /** Tests set it wrong. */
  readonly machineClock?: Clock;
  /** For the command that restores: the main database need not be the one this installation last worked with. */
  readonly isRestoring?: true;
}

/**
 * Opens every connection and what stands on them.
 * @throws AppError as the parts, `notifications_do_not_arrive` where a withdrawal on another node would not reach this one, and
 * `restore_required` when the main database is not the one this installation last worked with.
 */
export async function openPlatform(
  config: Config,
  options: PlatformOptions = {},
): Promise<Platform> {
  const applicationName = 'consentry';
  const { databaseUrl: url, databasePoolSize: poolSize } = config;
  const log = createLogger({ level: config.logLevel, keepsRepeated: config.hasAccessLog });
  for (const warning of config.warnings) log.warn({}, warning);
  // First: without keys nothing else is opened.
  const keyring = await openMasterKeys(config, log);
  const isBehindPooler = config.databaseDirectUrl !== null;
  const db = openPostgres({ url, poolSize, applicationName, isBehindPooler });
  const instruments = createInstruments();
  const redis = config.redisUrl === null ? null : openRedis({ url: config.redisUrl, instruments });
  // Before the first command on `redis`, which it changes.
  const rateLimiter = counted(rateLimiterOf(config, db, redis), instruments);
  const feed = await openChangeFeed({ url, directUrl: directUrlOf(config), applicationName });
  if (feed.isSilent()) {
    await Promise.all([feed.close(), db.close()]);
    redis?.disconnect();
    keyring.close();
    throw notificationsDoNotArrive();
  }
  const machine = options.machineClock ?? systemClock;
  const databaseClock = await openDatabaseClock({ db, machine, log });
  const clock = options.clock ?? databaseClock;
  const masterSealer = createSealer(keyring);
  const kept = { db, feed, clock, log, keyring, masterSealer };
  const { keyStore, transientKeys, timeline } = await openKeys(config, kept, options.isRestoring);
  const transientSealer = createSealer(transientKeys);
  const jobs = createJobs(db);
  const queue = { jobs, clock, transientSealer };
  return {
    config,
    clock,
    databaseClock,
    log,
    instruments,
    db,
    redis,
    keyring,
    masterSealer,
    keyStore,
    timeline,
    transientKeys,
    transientSealer,
    feed,
    rateLimiter,
    jobs,
    blobs: await openBlobStore(db, config.s3),
    signer: createSigner({ db, feed, masterSealer, clock }),
    mailer: createMessageQueue({ ...queue, channel: MAIL, isOn: true }),
    sms: createMessageQueue({ ...queue, channel: SMS, isOn: config.sms.isOn }),
  };
}

type KeyDeps = Pick<Platform, 'db' | 'feed' | 'clock' | 'log' | 'keyring' | 'masterSealer'>;

/** Opens the key store and its keys; the main database is compared with it before any of them is read or made. */
async function openKeys(
  { keyStoreUrl: url }: Config,
  deps: KeyDeps,
  isRestoring: true | undefined,
): Promise<Pick<Platform, 'keyStore' | 'transientKeys' | 'timeline'>> {
  const keyStore = await openKeyStore({
    ...deps,
    url,
    ...(isRestoring === true && { isRestoring }),
  });
  const opened: { transientKeys?: TransientKeys } = {};
  const timeline =
    isRestoring === true
      ? UNGUARDED
      : await openTimelineGuard({
          ...deps,
          keyStore,
          onChange: (state) => logTimeline(deps.log, state),
          onBeat: async () => {
            await keyStore.refresh();
            await opened.transientKeys?.refresh();
          },
        });
  opened.transientKeys = await openTransientKeys({ ...deps, keyStore });
  return { keyStore, timeline, transientKeys: opened.transientKeys };
}

function logTimeline(log: Logger, state: TimelineState): void {
  if (state === 'same') return log.info({}, 'the main database was restored and can be used');
  log.error(
    { state },
    'the main database is not what this installation last worked with: run "consentry restore", or correct DATABASE_URL or KEY_STORE_URL',
  );
}

function notificationsDoNotArrive(): AppError {
  return new AppError('unavailable', 'notifications_do_not_arrive', {
    detail:
      'Notifications of PostgreSQL do not arrive: DATABASE_URL leads to a pooler in transaction mode. Set DATABASE_DIRECT_URL to the address of PostgreSQL itself.',
  });
}

function rateLimiterOf({ rateLimits }: Config, db: Postgres, redis: Redis | null): RateLimiter {
  if (!rateLimits.isOn) return UNLIMITED;
  const limiter = createRateLimiter({ postgres: db, ...(redis === null ? {} : { redis }) });
  return Object.freeze({
    consume: (rule: RateLimitRule) =>
      limiter.consume({ ...rule, points: Math.ceil(rule.points * rateLimits.multiplier) }),
    reset: limiter.reset,
  });
}

function counted(limiter: RateLimiter, { limitsHit }: Instruments): RateLimiter {
  return Object.freeze({
    consume: (rule: RateLimitRule) =>
      limiter.consume(rule).catch((error: unknown) => {
        if (isAppError(error, 'rate_limited')) limitsHit.add({ limit: rule.name });
        throw error;
      }),
    reset: limiter.reset,
  });
}

/** For tests and benchmarks; production refuses to start with limits off. */
const UNLIMITED: RateLimiter = Object.freeze({
  consume: () => Promise.resolve(),
  reset: () => Promise.resolve(),
});
