import { optional, parseText, secret, text, type Setting } from './config-values.ts';
import type { S3Options } from '../platform/blobs/s3-blob-store.ts';

/** Where files are kept that are too big for a row. */
export const BLOB_SETTINGS = {
  S3_BUCKET: optional('text', parseText, {
    fallbackText: 'none: pictures are kept in PostgreSQL',
    group: 'Storage',
    description:
      'A bucket of an S3-compatible service for the pictures of people. Only ciphertext is put into it. Moving from one place to the other is not automatic: set it before the first picture, or copy the files.',
  }),
  S3_REGION: text('us-east-1', { group: 'Storage', description: 'The region of the bucket.' }),
  S3_ENDPOINT: optional('URL', parseEndpoint, {
    fallbackText: "Amazon's",
    group: 'Storage',
    description: 'The address of a compatible service, such as `https://minio.example.org`.',
  }),
  S3_ACCESS_KEY_ID: optional('text', parseText, {
    fallbackText: 'the usual places of the AWS SDK, such as the role of the machine',
    group: 'Storage',
    description: 'Who the server is at the bucket.',
  }),
  S3_SECRET_ACCESS_KEY: secret(
    optional('text', parseText, {
      fallbackText: 'as above',
      group: 'Storage',
      description: 'Belongs to S3_ACCESS_KEY_ID.',
    }),
  ),
} as const satisfies Record<string, Setting<unknown>>;

type BlobValues = {
  readonly [Name in keyof typeof BLOB_SETTINGS]: (typeof BLOB_SETTINGS)[Name]['fallback'];
};

/** The faults of settings that contradict each other. */
export function blobContradictions(values: BlobValues): readonly string[] {
  const isHalf = (values.S3_ACCESS_KEY_ID === null) !== (values.S3_SECRET_ACCESS_KEY === null);
  return isHalf ? ['S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together'] : [];
}

/** Null: files are kept in Postgres. */
export function s3Of(values: BlobValues): S3Options | null {
  const { S3_BUCKET: bucket, S3_REGION: region, S3_ENDPOINT: endpoint } = values;
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (bucket === null) return null;
  const isGiven = accessKeyId !== null && secretAccessKey !== null;
  return {
    bucket,
    region,
    endpoint,
    credentials: isGiven ? { accessKeyId, secretAccessKey } : null,
  };
}

function parseEndpoint(value: string): string {
  const url = URL.parse(value);
  const isFit = url !== null && /^https?:$/.test(url.protocol) && url.search === '';
  if (!isFit) throw new Error('must be an address that begins with https:// or http://');
  return value.replace(/\/+$/, '');
}
