import { type Static, Type } from 'typebox';

import type { S3Options } from '../platform/blobs/s3-blob-store.ts';
import { parseBaseUrl, parseDatabaseUrl, parseRedisUrl } from './parse-address.ts';
import { parsed, wholeNumber } from './setting.ts';

export const STORAGE = Type.Object({
  DATABASE_URL: Type.Optional(
    parsed(parseDatabaseUrl, {
      form: 'URL',
      isSecret: true,
      isRequiredInProduction: true,
      defaultText: 'an embedded PostgreSQL in `.data/`',
      description:
        'PostgreSQL 15 or later: `postgres://user:password@host:5432/database`. Several servers of one database: `...@one:5432,two:5432/database`. The server that accepts writes is used, also after a failover.',
    }),
  ),
  DATABASE_DIRECT_URL: Type.Optional(
    parsed(parseDatabaseUrl, {
      form: 'URL',
      isSecret: true,
      defaultText: 'DATABASE_URL',
      description:
        'The same database without the pooler. Required when DATABASE_URL names a pooler in transaction mode: notifications, jobs and the lock of migrations need connections that stay open.',
    }),
  ),
  DATABASE_POOL_SIZE: wholeNumber([10, 2, 200], "Maximum connections in this process's pool."),
  DATABASE_WAIT_SECONDS: wholeNumber(
    [60, 0, 3600],
    'Maximum time that a start waits for the database to answer.',
  ),
  REDIS_URL: Type.Optional(
    parsed(parseRedisUrl, {
      form: 'URL',
      isSecret: true,
      defaultText: 'none: PostgreSQL holds everything',
      description:
        'Redis 7 or later for codes, unfinished sign-ins that do not fit into a cookie, pushed requests and rate limits: `redis://host:6379`, `redis+sentinel://:password@one:26379,two:26379/name-of-the-master` or `redis+cluster://one:6379,two:6379`; `rediss` for TLS.',
    }),
  ),
  S3_BUCKET: Type.Optional(
    Type.String({
      defaultText: 'none: PostgreSQL holds the pictures',
      description:
        "Bucket of an S3-compatible service for people's pictures. It receives ciphertext only. Existing pictures are not moved: set it before the first picture, or copy the files.",
    }),
  ),
  S3_REGION: Type.String({ default: 'us-east-1', description: 'Region of the bucket.' }),
  S3_ENDPOINT: Type.Optional(
    parsed(parseBaseUrl, {
      form: 'URL',
      defaultText: "Amazon's",
      description: 'Address of a compatible service, for example `https://minio.example.org`.',
    }),
  ),
  S3_ACCESS_KEY_ID: Type.Optional(
    Type.String({
      defaultText: 'the usual sources of the AWS SDK, such as the role of the machine',
      description: 'Access key of the bucket.',
    }),
  ),
  S3_SECRET_ACCESS_KEY: Type.Optional(
    Type.String({
      isSecret: true,
      defaultText: 'as above',
      description: 'Secret of S3_ACCESS_KEY_ID.',
    }),
  ),
});

type StorageValues = Static<typeof STORAGE>;

/** The part of the configuration about databases and files. A `databaseUrl` of null stands for the embedded database. */
export function storageConfig(values: StorageValues) {
  return {
    databaseUrl: values.DATABASE_URL ?? null,
    /** The same database without the pooler of `databaseUrl`; null: there is no pooler. */
    databaseDirectUrl: values.DATABASE_DIRECT_URL ?? null,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    databaseWaitSeconds: values.DATABASE_WAIT_SECONDS,
    /** Null: PostgreSQL holds everything. */
    redisUrl: values.REDIS_URL ?? null,
    /** Null: PostgreSQL holds the files. */
    s3: s3Of(values),
  };
}

function s3Of(values: StorageValues): S3Options | null {
  const { S3_BUCKET: bucket, S3_REGION: region, S3_ENDPOINT: endpoint = null } = values;
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (bucket === undefined) return null;
  const hasKey = accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    bucket,
    region,
    endpoint,
    credentials: hasKey ? { accessKeyId, secretAccessKey } : null,
  };
}
