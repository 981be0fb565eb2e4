import { randomBytes, randomUUID } from 'node:crypto';

import { createAudit } from '../../src/audit/index.ts';
import { openChangeFeed, type ChangeFeed } from '../../src/platform/change-feed.ts';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { openRedis, type Redis } from '../../src/platform/redis/redis.ts';
import { createSessions, type Sessions } from '../../src/sessions/index.ts';
import { createTokens, type ReloadableKeys, type Tokens } from '../../src/tokens/index.ts';
import { livesOf } from '../support/session-lives.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { randomPrefix, testRedisUrl } from '../support/servers/redis.ts';

/** The storage of short-lived artifacts. */
export const STORAGE_MODES = ['postgres', 'redis'] as const;
export type StorageMode = (typeof STORAGE_MODES)[number];

/** The storage as one server uses it. */
export interface Node {
  readonly db: Postgres;
  readonly feed: ChangeFeed;
  readonly redis: Redis | null;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  close(): Promise<void>;
}

/** A separate storage, and the servers that a test opens on it. */
export interface TestStorage {
  readonly mode: StorageMode;
  readonly url: string;
  readonly keyPrefix: string;
  openNode(overrides?: NodeOverrides): Promise<Node>;
  close(): Promise<void>;
}

export interface NodeOverrides {
  readonly clock?: Clock;
  readonly refreshTokenGraceSeconds?: number;
  readonly sessionLimit?: number;
  readonly accessTokenKeys?: ReloadableKeys;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

/** A fresh database and a unique key prefix. Close it in an `after` hook. */
export async function openStorage(mode: StorageMode): Promise<TestStorage> {
  const database = await createTestDatabase();
  const secrets = { key: randomBytes(32), indexKey: randomBytes(32) };
  const keyPrefix = randomPrefix();
  const nodes: Node[] = [];
  return {
    mode,
    url: database.url,
    keyPrefix,
    openNode: async (overrides = {}) => {
      const node = await openNode({ mode, database, secrets, keyPrefix }, overrides);
      nodes.push(node);
      return node;
    },
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await database.drop();
    },
  };
}

interface Shared {
  readonly mode: StorageMode;
  readonly database: TestDatabase;
  readonly secrets: { readonly key: Buffer; readonly indexKey: Buffer };
  readonly keyPrefix: string;
}

async function openNode(shared: Shared, overrides: NodeOverrides): Promise<Node> {
  const url = overrides.databaseUrl ?? shared.database.url;
  const clock = overrides.clock ?? systemClock;
  const { keyPrefix, secrets } = shared;
  const db = openPostgres({ url, poolSize: 10, applicationName: 'stores-test' });
  const feed = await openChangeFeed({ url, applicationName: 'stores-test' });
  const redis =
    shared.mode === 'redis' ? openRedis({ url: overrides.redisUrl ?? testRedisUrl() }) : null;
  const keys = [{ version: 1, key: secrets.key }];
  const sealer = createSealer(keys);
  const common = {
    db,
    feed,
    redis,
    transientSealer: sealer,
    masterSealer: sealer,
    clock,
    keyPrefix,
  };
  const tokens = createTokens({
    ...common,
    accessTokenKeys: overrides.accessTokenKeys ?? {
      keys: () => keys,
      reload: async () => undefined,
    },
    issuer: 'https://id.example.org',
    indexKey: secrets.indexKey,
    refreshTokenGraceSeconds: overrides.refreshTokenGraceSeconds ?? 0,
  });
  const sessions = createSessions({
    ...common,
    audit: createAudit({ db, clock }),
    tokens,
    sessionLimit: overrides.sessionLimit ?? 4,
    sessionLives: livesOf(30 * 86_400),
  });
  let isClosed = false;
  return {
    db,
    feed,
    redis,
    tokens,
    sessions,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      redis?.disconnect();
      await feed.close();
      await db.close();
    },
  };
}

/** A row in `accounts`, which sessions and grants refer to. */
export async function createAccount({ db }: Pick<Node, 'db'>): Promise<string> {
  const id = randomUUID();
  await db.query({
    name: 'test-account',
    text: `insert into accounts (id, status, created_at, updated_at) values ($1, 'active', now(), now())`,
    values: [id],
  });
  return id;
}

/** Everything that is stored, as one text: each column of each row, and each Redis key with its value. */
export async function dumpEverything({ db, redis }: Node, keyPrefix: string): Promise<string> {
  const tables = await db.query<{ name: string }>({
    name: 'test-tables',
    text: `select tablename as name from pg_tables where schemaname = 'public'`,
  });
  const parts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await db.pool.query<Record<string, unknown>>(`select * from "${name}"`);
    for (const row of rows) for (const value of Object.values(row)) parts.push(asText(value));
  }
  for (const key of (await redis?.keys(`${keyPrefix}*`)) ?? []) {
    parts.push(key, asText(await redis?.getBuffer(key)));
  }
  return parts.join('\n');
}

function asText(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** A random bearer value as the library makes them. */
export function randomId(): string {
  return randomBytes(32).toString('base64url');
}
