import S3rver from 's3rver';

import type { S3Options } from '../../../src/platform/blobs/s3-blob-store.ts';

/** An S3-compatible server on the loopback, with one bucket. */
export interface S3Server {
  readonly options: S3Options;
  stop(): Promise<void>;
}

const BUCKET = 'pictures';
/** The only credentials of this server. */
const KEY = 'S3RVER';

/** Starts s3rver, which checks signatures and stores objects as files in `folder`. */
export async function startS3(folder: string): Promise<S3Server> {
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port } = await server.run();
  return {
    options: {
      bucket: BUCKET,
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${String(port)}`,
      credentials: { accessKeyId: KEY, secretAccessKey: KEY },
    },
    stop: () => server.close(),
  };
}
