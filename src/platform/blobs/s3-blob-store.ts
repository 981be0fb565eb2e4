import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

import { AppError } from '../app-error.ts';
import { type BlobStore, requireBlobName } from './blob-store.ts';

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** Of a server other than Amazon's, such as `http://minio:9000`; its buckets are then addressed by path. */
  readonly endpoint: string | null;
  /** Null: the usual sources of the AWS SDK, such as the role of the machine. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 8_000;
/** Objects removed by one request; S3 itself takes up to 1000. */
const PAGE = 200;

/** Blobs as objects of an existing S3-compatible bucket. */
export function createS3BlobStore(options: S3Options): BlobStore {
  const client = openClient(options);
  const { bucket: Bucket } = options;
  return {
    async put(name, content) {
      const Key = requireBlobName(name);
      await orUnavailable(client.send(new PutObjectCommand({ Bucket, Key, Body: content })));
    },
    async get(name) {
      const Key = requireBlobName(name);
      return orUnavailable(readObject(client, { Bucket, Key }));
    },
    async removeFolder(folder) {
      await orUnavailable(removeAll(client, { Bucket, Prefix: `${requireBlobName(folder)}/` }));
    },
  };
}

function openClient({ region, endpoint, credentials }: S3Options): S3Client {
  return new S3Client({
    region,
    ...(endpoint !== null && { endpoint, forcePathStyle: true }),
    ...(credentials !== null && { credentials }),
    // Not all compatible servers support the newer checksums; the ciphertext is authenticated anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
}

async function readObject(
  client: S3Client,
  object: { readonly Bucket: string; readonly Key: string },
): Promise<Buffer | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand(object));
    return Body === undefined ? null : Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey) return null;
    throw error;
  }
}

/** Lists and deletes the first page until nothing is left. */
async function removeAll(
  client: S3Client,
  folder: { readonly Bucket: string; readonly Prefix: string },
): Promise<void> {
  for (;;) {
    const { Contents = [], IsTruncated } = await client.send(
      new ListObjectsV2Command({ ...folder, MaxKeys: PAGE }),
    );
    const Objects = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    if (Objects.length === 0) return;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: folder.Bucket, Delete: { Objects } }),
    );
    if (Errors.length > 0) throw new Error(`${String(Errors.length)} objects were not removed`);
    if (IsTruncated !== true) return;
  }
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new AppError('unavailable', 'blobs_unavailable', { cause, retryAfterSeconds: 5 });
  }
}
