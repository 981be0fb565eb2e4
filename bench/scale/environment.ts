import { readConfig, withDatabase, type Config } from '../../src/config/config.ts';

/** Settings of both installations: known keys, no limits, a quiet log. */
export const SCALE_ENVIRONMENT = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  RATE_LIMITS: 'false',
  MASTER_KEYS: `1:${Buffer.alloc(32, 7).toString('base64')}`,
  BLIND_INDEX_KEY: Buffer.alloc(32, 8).toString('base64'),
  COOKIE_KEYS: 'cookie-key-of-the-benchmark-0123456789abcdef',
  PAIRWISE_SALT: 'pairwise-salt-of-the-benchmark-0123456789abcdef',
} as const;

export function scaleConfig(databaseUrl: string): Config {
  const environment = { ...SCALE_ENVIRONMENT, DATABASE_URL: databaseUrl };
  return withDatabase(readConfig({ dataFolder: '', environment }), databaseUrl);
}
