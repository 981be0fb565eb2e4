import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Redis } from 'ioredis';
import pg from 'pg';

import { embeddedPostgresFolder, startEmbeddedPostgres } from '../../src/dev/embedded-postgres.ts';
import { migrateUp } from '../../src/platform/postgres/migrations.ts';
import { startRedisServer } from '../../test/support/servers/redis-server.ts';
import { parentOf, readCpu } from '../process-cpu.ts';

/** A PostgreSQL with fsync on and a Redis, both of our own, both empty at the start. */
export interface Storage {
  readonly databaseUrl: string;
  /** A second, empty database of the same server. */
  readonly keyStoreUrl: string;
  readonly redisUrl: string;
  read(): Promise<StorageReading>;
  stop(): Promise<void>;
}

/** Counters that only grow. */
export interface StorageReading {
  readonly postgresMs: number;
  readonly redisMs: number;
  readonly commits: number;
  readonly redisCommands: number;
}

const projectFolder = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Starts both and migrates the database. Each name can be used once at a time. */
export async function startStorage(name = 'ours'): Promise<Storage> {
  const stateFolder = embeddedPostgresFolder(projectFolder, `bench-${String(process.pid)}-${name}`);
  mkdirSync(stateFolder, { recursive: true });
  const postgres = await startEmbeddedPostgres({ stateFolder, isDurable: true });
  const redis = await startRedisServer();
  const databaseUrl = postgres.url();
  await migrateUp(databaseUrl);
  const keyStoreUrl = await createKeyStore(databaseUrl);
  const probe = await openProbe(databaseUrl, redis.url);
  return {
    databaseUrl,
    keyStoreUrl,
    redisUrl: redis.url,
    read: probe.read,
    stop: async () => {
      await probe.close();
      await redis.stop();
      await postgres.stop();
      rmSync(stateFolder, { recursive: true, force: true });
    },
  };
}

async function createKeyStore(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('create database consentry_keys');
  await client.end();
  const url = new URL(databaseUrl);
  url.pathname = '/consentry_keys';
  return url.href;
}

/** Watches both servers through connections of its own; its few queries are part of the figures. */
async function openProbe(databaseUrl: string, redisUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const redis = new Redis(redisUrl);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const postmaster = parentOf(rows[0]?.pid ?? 0);
  const redisPid = numberIn(await redis.info('server'), 'process_id');
  return {
    read: async (): Promise<StorageReading> => ({
      postgresMs: readCpu(postmaster).totalMs,
      redisMs: readCpu(redisPid).totalMs,
      commits: await readCommits(client),
      redisCommands: numberIn(await redis.info('stats'), 'total_commands_processed'),
    }),
    close: async () => {
      await client.end();
      redis.disconnect();
    },
  };
}

async function readCommits(client: pg.Client): Promise<number> {
  // Backends report their commits at most a second late.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const { rows } = await client.query<{ commits: string }>(
    'select xact_commit as commits from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0]?.commits ?? 0);
}

function numberIn(info: string, name: string): number {
  const line = info.split('\r\n').find((text) => text.startsWith(`${name}:`));
  return Number(line?.slice(name.length + 1) ?? 0);
}
