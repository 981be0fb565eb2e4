import { type Config, directUrlOf } from '../config/config.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import { VIEWS_FOLDER } from '../http/http-kit.ts';
import { createTranslator, type Translator } from '../http/pages/i18n.ts';
import { openMasterKeys } from './master-keys.ts';
import { type ChangeFeed, openChangeFeed } from '../platform/change-feed.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { openDatabaseClock } from '../platform/postgres/database-clock.ts';
import { createSealer, type Sealer } from '../platform/keys/encryption.ts';
import { createInstruments, type Instruments } from '../platform/instruments.ts';
import { createJobs } from '../platform/jobs/jobs.ts';
import type { Keyring } from '../platform/keys/keyring.ts';
import { openKeyStore } from '../platform/keys/key-store.ts';
import { createLogger, type Logger } from '../platform/logger.ts';
import { MAIL, SMS } from '../messaging/message.ts';
import { createMessageQueue } from '../messaging/message-queue.ts';
import { openBlobStore } from '../platform/blobs/open-blob-store.ts';
import { openPlaces } from '../platform/places/places.ts';
import { openPostgres, type Postgres } from '../platform/postgres/postgres.ts';
import { createRateLimiter, type RateLimiter, type Reservation } from '../platform/rate-limiter.ts';
import { openRedis, type Redis } from '../platform/redis/redis.ts';
import { createSigner } from '../platform/keys/signer.ts';
import {
  openTimelineGuard,
  UNGUARDED,
  type TimelineState,
} from '../platform/postgres/timeline-guard.ts';
import { openTransientKeys, type TransientKeys } from '../platform/keys/transient-keys.ts';

export interface PlatformOptions {
  /** The clock of the server; tests set it. Default: the clock of the machine, corrected by the database. */
  readonly clock?: Clock;
  /** The clock of the machine; tests set a wrong one. */
  readonly machineClock?: Clock;
  /** Set by the restore command: the main database need not be the one that this installation last used. */
  readonly isRestoring?: true;
}

/**
 * Opens every connection and creates the services of the platform.
 * @throws AppError as the parts, `notifications_do_not_arrive` when a withdrawal on another node would not reach this
 * node, and `restore_required` when the main database is not the one that this installation last used.
 */
export async function openPlatform(config: Config, options: PlatformOptions = {}) {
  const log = createLogger({ level: config.logLevel, keepsRepeated: config.hasAccessLog });
  for (const warning of config.warnings) log.warn({}, warning);
  const translator = openTranslator(config, log);
  const connections = await openConnections(config, log);
  const { db, redis, feed, keyring } = connections;
  const machine = options.machineClock ?? systemClock;
  /** Measures the difference between the clocks of this machine and of the database. */
  const databaseClock = await openDatabaseClock({ db, machine, log });
  const clock = options.clock ?? databaseClock;
  /** Uses the master keys: for permanent values. */
  const masterSealer = createSealer(keyring);
  const base = { ...connections, config, log, clock, databaseClock, masterSealer };
  const { keyStore, timeline, transientKeys } = await openKeys(base, options.isRestoring);
  /** Uses the transient keys: for short-lived values, which must be unreadable in an old copy of the database. */
  const transientSealer = createSealer(transientKeys);
  const jobs = createJobs(db);
  const queue = { jobs, clock, transientSealer };
  return {
    ...base,
    translator,
    languages: translator.languages,
    places: openPlaces({ file: config.geoDatabase, log, clock }),
    /** The keys that a dump of the main database must not contain. */
    keyStore,
    /** Checks whether the main database is the one that this installation last used. */
    timeline,
    transientKeys,
    transientSealer,
    jobs,
    blobs: await openBlobStore(db, config.s3),
    signer: createSigner({ db, feed, masterSealer, clock }),
    mailer: createMessageQueue({ ...queue, channel: MAIL, isOn: true }),
    sms: createMessageQueue({ ...queue, channel: SMS, isOn: config.sms.isOn }),

    async close(): Promise<void> {
      await timeline.close();
      databaseClock.close();
      await jobs.close();
      await feed.close();
      redis?.disconnect();
      await db.close();
      await keyStore.close();
      keyring.close();
    },
  };
}

/** Connections, clocks, keys, queues and limits of one process. */
export type Platform = Awaited<ReturnType<typeof openPlatform>>;

const MOST_LISTED_GAPS = 50;

/** The texts of this server, and those that the operator adds. */
function openTranslator({ mode, pages }: Config, log: Logger): Translator {
  const folders = [VIEWS_FOLDER, ...(pages.textsFolder === null ? [] : [pages.textsFolder])];
  const translator = createTranslator({ folders, isStrict: mode !== 'production' });
  const { gaps } = translator;
  if (gaps.length > 0) {
    const listed = { count: gaps.length, texts: gaps.slice(0, MOST_LISTED_GAPS) };
    log.warn(listed, 'translations differ from English: English is shown for missing texts');
  }
  return translator;
}

async function openConnections(config: Config, log: Logger) {
  const { databaseUrl: url, databasePoolSize: poolSize } = config;
  const applicationName = 'consentry';
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
  return { keyring, db, instruments, redis, rateLimiter, feed };
}

interface KeyDeps {
  readonly config: Config;
  readonly db: Postgres;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keyring: Keyring;
  readonly masterSealer: Sealer;
}

/** Opens the key store and its keys; the main database is compared with it before any of them is read or made. */
async function openKeys(deps: KeyDeps, isRestoring: true | undefined) {
  const keyStore = await openKeyStore({
    ...deps,
    url: deps.config.keyStoreUrl,
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
  const limiter = createRateLimiter({ postgres: db, ...(redis !== null && { redis }) });
  const raised = <Rule extends { readonly points: number }>(rule: Rule): Rule => ({
    ...rule,
    points: Math.ceil(rule.points * rateLimits.multiplier),
  });
  return {
    ...limiter,
    consume: (rule) => limiter.consume(raised(rule)),
    reserve: (rule) => limiter.reserve(raised(rule)),
  };
}

function counted(limiter: RateLimiter, { limitsHit }: Instruments): RateLimiter {
  return {
    ...limiter,
    consume: (rule) =>
      limiter.consume(rule).catch((error: unknown) => {
        if (isAppError(error, 'rate_limited')) limitsHit.add({ limit: rule.name });
        throw error;
      }),
    reserve: async (rule) => {
      const reservation = await limiter.reserve(rule);
      if (reservation.retryAfterSeconds > 0) limitsHit.add({ limit: rule.name });
      return reservation;
    },
  };
}

const FREE: Reservation = {
  retryAfterSeconds: 0,
  isFirstWithoutPoint: false,
  giveBack: () => Promise.resolve(),
};

/** For tests and benchmarks; production refuses to start with limits off. */
const UNLIMITED: RateLimiter = {
  consume: () => Promise.resolve(),
  reserve: () => Promise.resolve(FREE),
  reset: () => Promise.resolve(),
};
