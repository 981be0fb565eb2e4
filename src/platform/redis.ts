import { Redis as RedisClient } from 'ioredis';

import { AppError } from './app-error.ts';
import type { Instruments } from './instruments.ts';

/**
 * One connection that everything shares. `defineCommand` is left out: a client that changes while commands are under way
 * mixes up their answers. Commands are defined before the first one is sent; see `rate-limiter.ts`.
 */
export type Redis = Omit<RedisClient, 'defineCommand'>;

export interface RedisOptions {
  readonly url: string;
  readonly instruments?: Pick<Instruments, 'redisDurations' | 'redisErrors'>;
}

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;

/**
 * Opens one multiplexed connection. Commands issued in the same tick travel together.
 * While the server is away a command waits at most half a second before it fails.
 */
export function openRedis({ url, instruments }: RedisOptions): Redis {
  const redis = new RedisClient(url, {
    enableAutoPipelining: true,
    enableOfflineQueue: true,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), LONGEST_RECONNECT_MS),
  });
  // Each command reports its own failure; without a listener the library prints every reconnect.
  redis.on('error', () => undefined);
  if (instruments !== undefined) timeCommands(redis, instruments);
  return redis;
}

/** Whatever sends a command, a pipeline and a library included, sends it through this method. */
function timeCommands(
  redis: RedisClient,
  { redisDurations, redisErrors }: Pick<Instruments, 'redisDurations' | 'redisErrors'>,
): void {
  const timed = new WeakSet<object>();
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const answer = send(command, stream);
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
 * @throws AppError `redis_unavailable` whatever the reason of its failure.
 */
export async function redisCall<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw new AppError('unavailable', 'redis_unavailable', { cause: error, retryAfterSeconds: 2 });
  }
}
