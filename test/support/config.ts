import os from 'node:os';

import { readConfig, type Config } from '../../src/config/config.ts';

/** Parts of a configuration to change; nested objects are merged. */
export type ConfigChanges = {
  readonly [Key in keyof Config]?: Config[Key] extends
    readonly unknown[] | string | number | boolean | null
    ? Config[Key]
    : Partial<Config[Key]>;
};

const MASTER_KEY = Buffer.alloc(32, 7);

/** The keys of {@link TEST_ENVIRONMENT}, for parts of a server. They seal the signing keys of every test database. */
export const TEST_MASTER_KEYS = [{ version: 1, key: MASTER_KEY }] as const;

/** Settings of a server under test, as environment variables: known secrets, quiet log, no rate limits. */
export const TEST_ENVIRONMENT = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
  RATE_LIMITS: 'false',
  DATABASE_POOL_SIZE: '5',
  MASTER_KEYS: `1:${MASTER_KEY.toString('base64')}`,
  BLIND_INDEX_KEY: Buffer.alloc(32, 8).toString('base64'),
  COOKIE_KEYS: 'cookie-key-of-the-tests-0123456789abcdef',
  PAIRWISE_SALT: 'pairwise-salt-of-the-tests-0123456789abcdef',
} as const;

/** A configuration for tests, independent of the environment of the machine. */
export function testConfig(databaseUrl: string, changes: ConfigChanges = {}): Config {
  const base = readConfig({ dataFolder: os.tmpdir(), environment: TEST_ENVIRONMENT });
  const merged: Record<string, unknown> = { ...base, databaseUrl, keyStoreUrl: databaseUrl };
  for (const [key, change] of Object.entries(changes)) {
    const before = merged[key];
    const isNested = typeof before === 'object' && before !== null && !Array.isArray(before);
    merged[key] = isNested ? { ...before, ...(change as object) } : change;
  }
  return merged as unknown as Config;
}
