import { Cluster, Redis as RedisClient } from 'ioredis';

import { AppError } from '../app-error.ts';
import type { Instruments } from '../instruments.ts';
import { readRedisAddress, type RedisAddress } from './redis-address.ts';

/**
 * One connection that everything shares. `defineCommand` is left out: a client that changes while commands are under way
 * mixes up their answers. Commands are defined before the first one is sent; see `rate-limiter.ts`.
 */
export type Redis = Omit<RedisClient, 'defineCommand'>;

interface RedisOptions {
  readonly url: string;
  readonly instruments?: Pick<Instruments, 'redisDurations' | 'redisErrors'>;
}

/** From when a command is written. */
const ANSWER_TIMEOUT_MS = 250;
/** For a command that waits for a connection. */
const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;

const COMMON = {
  enableOfflineQueue: true,
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  // Redis before 7.2 refuses the command that names the client.
  disableClientInfo: true,
} as const;
const pauseAfter = (attempt: number): number =>
  Math.min(50 * 2 ** Math.min(attempt, 5), LONGEST_RECONNECT_MS);

/**
 * Opens one multiplexed connection (in a cluster one per master). Commands of the same tick are sent together.
 * A command waits a quarter of a second for its answer, and half a second while there is no connection.
 */
export function openRedis({ url, instruments }: RedisOptions): Redis {
  const redis = connect(readRedisAddress(url));
  // A listener prevents the library from printing every reconnect. Failures are reported by the commands.
  redis.on('error', () => undefined);
  limitWaiting(redis);
  if (instruments !== undefined) timeCommands(redis, instruments);
  return redis;
}

function connect(address: RedisAddress): RedisClient {
  if (address.kind === 'cluster') return connectCluster(address);
  const options = {
    ...COMMON,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 1,
    retryStrategy: pauseAfter,
  };
  if (address.kind === 'single') return new RedisClient(address.url, options);
  const { servers, masterName, database, username, password, sentinelPassword, isTls } = address;
  return new RedisClient({
    ...options,
    sentinels: [...servers],
    name: masterName,
    role: 'master',
    db: database,
    // A master that became a replica refuses writes: the sentinels have the address of the new one.
    reconnectOnError: ({ message }) => (message.startsWith('READONLY') ? 2 : false),
    // Sentinels announce the new master before the old connection fails.
    failoverDetector: true,
    sentinelRetryStrategy: pauseAfter,
    sentinelReconnectStrategy: pauseAfter,
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(isTls && { tls: {}, enableTLSForSentinelMode: true, sentinelTLS: {} }),
  });
}

/**
 * Each command of ours has one key, and the one script with two has a hash tag in both: a cluster can hold them.
 * The library's class for a cluster has the same commands.
 */
function connectCluster({
  servers,
  username,
  password,
  isTls,
}: RedisAddress & { readonly kind: 'cluster' }): RedisClient {
  const cluster = new Cluster([...servers], {
    enableAutoPipelining: true,
    clusterRetryStrategy: pauseAfter,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    // Also needed besides redirections, because the replacement of a failed master causes none.
    slotsRefreshInterval: 2_000,
    // Names in certificates are those that the cluster announces.
    ...(isTls && {
      dnsLookup: (host: string, done: (error: null, found: string) => void) => done(null, host),
    }),
    redisOptions: {
      ...COMMON,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(isTls && { tls: {} }),
    },
  });
  return cluster as unknown as RedisClient;
}

/** If a timer fires later than this many milliseconds, this process was busy, and an answer may have arrived unread. */
const LATE_MS = 50;
/** Bounds the wait of a process that is always busy. */
const MOST_EXTENSIONS = 3;

/**
 * The time-out of the library also runs while this process is busy, so a burst of work looked like an outage of Redis.
 * Here a time-out that fires late is started again, and meanwhile an arrived answer is read.
 */
function limitWaiting(redis: RedisClient): void {
  const limited = new WeakSet<object>();
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...sent) => {
    const [command] = sent;
    if (!limited.has(command)) {
      limited.add(command);
      command.setTimeout = () => undefined;
      const limitMs = redis.status === 'ready' ? ANSWER_TIMEOUT_MS : COMMAND_TIMEOUT_MS;
      const stop = startPatientTimer(limitMs, () => command.reject(new Error('Command timed out')));
      command.promise.then(stop, stop);
    }
    return send(...sent);
  };
}

/** Calls back after `limitMs` in which this process was not late. @returns a function that stops it. */
function startPatientTimer(limitMs: number, onTimeout: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let extensions = 0;
  const start = (): void => {
    const dueAt = performance.now() + limitMs;
    timer = setTimeout(() => {
      const isLate = performance.now() - dueAt > LATE_MS;
      if (!isLate || extensions === MOST_EXTENSIONS) return onTimeout();
      extensions += 1;
      return start();
    }, limitMs);
  };
  start();
  return () => clearTimeout(timer);
}

/** Pipelines and libraries send their commands through this method, too. */
function timeCommands(
  redis: RedisClient,
  { redisDurations, redisErrors }: Pick<Instruments, 'redisDurations' | 'redisErrors'>,
): void {
  const timed = new WeakSet<object>();
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...sent) => {
    const [command] = sent;
    const answer = send(...sent);
    // A command that waited for a connection is sent a second time.
    if (timed.has(command)) return answer;
    timed.add(command);
    const start = performance.now();
    void command.promise.then(
      () => redisDurations.observe({}, (performance.now() - start) / 1000),
      () => redisErrors.add(),
    );
    return answer;
  };
}

/**
 * Awaits a command.
 * @throws AppError `redis_unavailable` for every reason of failure.
 */
export async function redisCall<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw new AppError('unavailable', 'redis_unavailable', { cause: error, retryAfterSeconds: 2 });
  }
}
