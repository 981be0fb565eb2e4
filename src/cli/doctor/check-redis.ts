import { isAppError } from '../../platform/app-error.ts';
import { openRedis, redisCall, type Redis } from '../../platform/redis/redis.ts';
import { probeRedis } from '../../platform/postgres/write-probe.ts';
import { type Finding, Wrong } from './check.ts';

const OLDEST_REDIS = 7;

/** Version, role, behaviour of a full memory, and writing. */
export async function checkRedis(url: string): Promise<Finding> {
  const redis = openRedis({ url });
  try {
    const server = await section(redis, 'server');
    const version = server['redis_version'] ?? server['valkey_version'] ?? '';
    if (Number.parseInt(version, 10) < OLDEST_REDIS)
      throw new Wrong(`Redis ${version} is too old`, 'Redis 7 or later is needed');
    const { role } = await section(redis, 'replication');
    if (role === 'slave')
      throw new Wrong(
        'this is a replica',
        'name the master, or the sentinels (redis+sentinel://...)',
      );
    const { maxmemory_policy: policy } = await section(redis, 'memory');
    if (policy !== undefined && policy !== 'noeviction')
      throw new Wrong(
        `maxmemory-policy is ${policy}, a full Redis drops sign-ins and the counters of limits`,
        'set it to noeviction',
      );
    await checkWriting(redis);
    return { text: `Redis ${version === '' ? 'of unknown version' : version} accepts writes` };
  } catch (error) {
    if (!isAppError(error, 'redis_unavailable')) throw error;
    throw new Wrong(reasonOf(error), 'check REDIS_URL, and that the server runs');
  } finally {
    redis.disconnect();
  }
}

async function checkWriting(redis: Redis): Promise<void> {
  try {
    await probeRedis(redis);
  } catch (error) {
    throw new Wrong(
      `a key cannot be written (${reasonOf(error)})`,
      'look at its memory (maxmemory), its disk and its role',
    );
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  return cause instanceof Error ? cause.message : 'no answer';
}

async function section(redis: Redis, name: string): Promise<Readonly<Record<string, string>>> {
  const text = await redisCall(redis.info(name));
  const lines = text.split('\r\n').map((line) => line.split(':'));
  return Object.fromEntries(lines.map(([key = '', ...value]) => [key, value.join(':')]));
}
