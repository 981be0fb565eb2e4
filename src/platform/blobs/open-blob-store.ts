import type { BlobStore } from './blob-store.ts';
import type { Database } from '../postgres/postgres.ts';
import { createPostgresBlobStore } from './postgres-blob-store.ts';
import type { S3Options } from './s3-blob-store.ts';

/** The store of the configuration: a bucket when there is one, else Postgres. */
export async function openBlobStore(db: Database, s3: S3Options | null): Promise<BlobStore> {
  if (s3 === null) return createPostgresBlobStore(db);
  // The client is a large package, loaded only by installations that use it.
  const { createS3BlobStore } = await import('./s3-blob-store.ts');
  return createS3BlobStore(s3);
}
