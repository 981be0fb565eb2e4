import { openRedis, type Redis } from '../../../src/platform/redis/redis.ts';
import { openCuttableProxy } from '../../platform/cuttable-proxy.ts';
import { startRedis } from '../../support/servers/redis.ts';

/** A Redis whose address stays the same after restarts, with functions that cause faults. */
export interface BreakableRedis {
  readonly url: string;
  /** Runs `work` on a direct connection to the server. */
  command(work: (redis: Redis) => Promise<unknown>): Promise<void>;
  /** Stops the server; its data are lost. */
  kill(): Promise<void>;
  /** Starts an empty server at the same address. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Redis. */
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
