import { openRedis, type Redis } from '../../src/platform/redis/redis.ts';
import { openCuttableProxy } from '../platform/cuttable-proxy.ts';
import { startRedis } from '../support/redis.ts';

/** A Redis at an address that outlives restarts, with everything that can happen to it. */
export interface BreakableRedis {
  readonly url: string;
  /** Runs `work` on a connection to the server itself. */
  command(work: (redis: Redis) => Promise<unknown>): Promise<void>;
  /** It is gone with everything in it. */
  kill(): Promise<void>;
  /** An empty one takes its place. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startBreakableRedis(): Promise<BreakableRedis> {
  let server = await startRedis();
  const proxy = await openCuttableProxy(server.url);
  return {
    url: proxy.url,
    command: async (work) => {
      const redis = openRedis({ url: server.url });
      try {
        await work(redis);
      } finally {
        redis.disconnect();
      }
    },
    kill: async () => {
      proxy.cut();
      await server.stop();
    },
    startAgain: async () => {
      server = await startRedis();
      proxy.redirect(server.url);
    },
    stop: async () => {
      await proxy.close();
      await server.stop();
    },
  };
}
