import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import pg from 'pg';

import {
  embeddedPostgresFolder,
  startEmbeddedPostgres,
} from '../../../src/dev/embedded-postgres.ts';
import { isAlive } from '../../../src/dev/folder-lock.ts';
import { migrateUp } from '../../../src/platform/postgres/migrations.ts';
import { createApp } from '../../../src/server/app.ts';
import { testConfig } from '../config.ts';
import { startRedisServer } from './redis-server.ts';

/** The services shared by the whole run. */
export interface RealServices {
  /** Connection string of an administrator, with which test databases are created. */
  readonly databaseUrl: string;
  /** A migrated database with signing keys and job queues, for copies. */
  readonly templateName: string;
  readonly redisUrl: string;
  stop(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[/\\]$/, '');

/** Uses TEST_DATABASE_URL and TEST_REDIS_URL if set, else starts servers. */
export async function startRealServices(): Promise<RealServices> {
  const database = await provideDatabase();
  try {
    const redis = await provideRedis();
    const templateName = `consentry_template_${crypto.randomBytes(4).toString('hex')}`;
    await createTemplate(database.url, templateName);
    return {
      databaseUrl: database.url,
      templateName,
      redisUrl: redis.url,
      stop: async () => {
        await redis.stop();
        await dropTemplate(database.url, templateName);
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

const NOTHING_TO_STOP = async (): Promise<void> => undefined;

async function provideDatabase(): Promise<Service> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return { url: given, stop: NOTHING_TO_STOP };
  const folder = embeddedPostgresFolder(PROJECT, 'test');
  const statesFolder = inMemory(folder) ?? folder;
  removeDeadRuns(statesFolder);
  const stateFolder = path.join(statesFolder, `run-${String(process.pid)}`);
  const server = await startEmbeddedPostgres({
    stateFolder,
    copiesFolder: path.dirname(folder),
    isDurable: false,
  });
  return {
    url: server.url(),
    stop: async () => {
      await server.stop();
      fs.rmSync(stateFolder, { recursive: true, force: true });
    },
  };
}

const MEMORY = '/dev/shm';
const NEEDED_BYTES = 3 * 1024 ** 3;

/**
 * The folder for the same state in the memory of Linux, where copying a database needs a tenth of the time. Null where there is no
 * such memory or too little, as in a container with its default.
 */
function inMemory(folder: string): string | null {
  if (process.platform !== 'linux' || !fs.existsSync(MEMORY)) return null;
  const { bavail, bsize } = fs.statfsSync(MEMORY);
  if (bavail * bsize < NEEDED_BYTES) return null;
  return path.join(MEMORY, `consentry-${String(process.getuid?.())}`, folder);
}

async function provideRedis(): Promise<Service> {
  const given = process.env['TEST_REDIS_URL'];
  if (given !== undefined && given !== '') return { url: given, stop: NOTHING_TO_STOP };
  return startRedisServer();
}

// A killed run leaves its folder; its server ended with it.
function removeDeadRuns(folder: string): void {
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isInteger(pid) && !isAlive(pid)) {
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    }
  }
}

async function createTemplate(adminUrl: string, name: string): Promise<void> {
  await runAsAdministrator(adminUrl, `create database "${name}"`);
  const { href } = Object.assign(new URL(adminUrl), { pathname: `/${name}` });
  await migrateUp(href);
  await startFirst(href);
}

/** Creates the signing keys and job queues, which each server would create on its first start, and removes everything else. */
async function startFirst(url: string): Promise<void> {
  const app = await createApp(testConfig(url));
  await app.close();
  await runAsAdministrator(
    url,
    'drop schema key_store cascade; delete from clients; delete from installation',
  );
}

async function dropTemplate(adminUrl: string, name: string): Promise<void> {
  await runAsAdministrator(adminUrl, `drop database if exists "${name}" with (force)`);
}

async function runAsAdministrator(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
