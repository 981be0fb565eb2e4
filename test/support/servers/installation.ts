import { connect, type Connected } from '../../../src/server/services.ts';
import { testConfig } from '../config.ts';
import { createTestDatabase } from './database.ts';
import { type NodeOptions, startNode, type ServerNode } from './node.ts';
import { startRedis } from './redis.ts';

export type StorageMode = 'Postgres alone' | 'Postgres and Redis';
export const STORAGE_MODES: readonly StorageMode[] = ['Postgres alone', 'Postgres and Redis'];

/** Several server processes on one database, with one issuer. */
export interface Installation {
  /** The issuer is the address of the first node. */
  readonly issuer: string;
  readonly nodes: readonly [ServerNode, ServerNode];
  /** Null without Redis. */
  readonly redisUrl: string | null;
  /** The use cases beside the nodes, for preparing data; in effect a third node. */
  readonly connected: Connected;
  /** Starts the first node after it was stopped or killed. The caller stops it. */
  startFirstAgain(): Promise<ServerNode>;
  stop(): Promise<void>;
}

/** Starts two nodes on a new database and, depending on the mode, a new Redis. `env` are further settings of the nodes. */
export async function startInstallation(
  mode: StorageMode,
  env: NonNullable<NodeOptions['env']> = {},
): Promise<Installation> {
  const database = await createTestDatabase();
  const redis = mode === 'Postgres alone' ? null : await startRedis();
  const storage = {
    databaseUrl: database.url,
    env,
    ...(redis !== null && { redisUrl: redis.url }),
  };
  const first = await startNode(storage);
  const second = await startNode({ ...storage, issuer: first.issuer });
  const connected = await connect(
    testConfig(database.url, { issuer: first.issuer, redisUrl: redis?.url ?? null }),
  );
  return {
    issuer: first.issuer,
    nodes: [first, second],
    redisUrl: redis?.url ?? null,
    connected,
    startFirstAgain: () =>
      startNode({ ...storage, issuer: first.issuer, port: Number(new URL(first.issuer).port) }),
    stop: async () => {
      await connected.close();
      await Promise.all([first.stop(), second.stop()]);
      await redis?.stop();
      await database.drop();
    },
  };
}
