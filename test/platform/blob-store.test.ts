import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import type { BlobStore } from '../../src/platform/blobs/blob-store.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { createPostgresBlobStore } from '../../src/platform/blobs/postgres-blob-store.ts';
import { createS3BlobStore } from '../../src/platform/blobs/s3-blob-store.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { failureOf } from '../support/failure.ts';
import { startS3, type S3Server } from '../support/servers/s3.ts';

function describeBlobStore(open: () => BlobStore): void {
  it('returns the latest content of a name unchanged', async () => {
    const name = `folder/${randomUUID()}/a`;
    const content = randomBytes(200_000);
    await open().put(name, Buffer.from('older'));
    await open().put(name, content);
    expect(await open().get(name)).to.deep.equal(content);
    await open().put(name, Buffer.alloc(0));
    expect(await open().get(name)).to.deep.equal(Buffer.alloc(0));
  });

  it('returns null for an unknown name', async () => {
    expect(await open().get(`folder/${randomUUID()}/a`)).to.equal(null);
  });

  it('removes a folder with its content and no other folder', async () => {
    const id = randomUUID();
    const names = ['a/1', 'a/2', 'a/b/c/3', 'a-1/4', 'a0/5', 'ab/6', 'A/7'].map(
      (name) => `${id}/${name}`,
    );
    for (const name of names) await open().put(name, Buffer.from(name));
    await open().removeFolder(`${id}/a`);
    const left = await Promise.all(names.map(async (name) => (await open().get(name)) !== null));
    expect(left).to.deep.equal([false, false, false, true, true, true, true]);
    await open().removeFolder(`${id}/a`);
  });

  it('removes a folder with 150 blobs', async () => {
    const id = randomUUID();
    const names = Array.from({ length: 150 }, (_, index) => `${id}/${String(index)}`);
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((name) => open().put(name, Buffer.from('x'))));
    }
    await open().removeFolder(id);
    expect(await open().get(`${id}/0`)).to.equal(null);
    expect(await open().get(`${id}/149`)).to.equal(null);
  });

  it('refuses names that could be read as other paths', async () => {
    for (const name of ['', '/', 'a/', '/a', 'a//b', '../a', 'a/../b', 'a b', 'a%2fb', 'a\n']) {
      const error = await open()
        .get(name)
        .catch((thrown: unknown) => thrown);
      expect(error, JSON.stringify(name)).to.be.instanceOf(Error);
      const removed = await open()
        .removeFolder(name)
        .catch((thrown: unknown) => thrown);
      expect(removed, JSON.stringify(name)).to.be.instanceOf(Error);
    }
  });
}

describe('Blobs in Postgres', () => {
  let database: TestDatabase;
  let db: Postgres;
  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 4, applicationName: 'test' });
  });
  after(async () => {
    await db.close();
    await database.drop();
  });

  describeBlobStore(() => createPostgresBlobStore(db));
});

describe('Blobs in an S3-compatible bucket', () => {
  let folder: string;
  let s3: S3Server;
  let store: BlobStore;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-s3-'));
    s3 = await startS3(folder);
    store = createS3BlobStore(s3.options);
  });
  after(async () => {
    await s3.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  describeBlobStore(() => store);

  it('reports blobs_unavailable when the bucket or the server is missing', async function () {
    this.timeout(30_000);
    const elsewhere = createS3BlobStore({ ...s3.options, bucket: 'not-made' });
    expect((await failureOf(elsewhere.put('a/b', Buffer.from('x')))).code).to.equal(
      'blobs_unavailable',
    );
    const unreachable = createS3BlobStore({ ...s3.options, endpoint: 'http://127.0.0.1:9' });
    expect((await failureOf(unreachable.get('a/b'))).code).to.equal('blobs_unavailable');
  });

  it('reports blobs_unavailable for unknown credentials', async () => {
    const unauthorized = createS3BlobStore({
      ...s3.options,
      credentials: { accessKeyId: 'nobody', secretAccessKey: 'wrong' },
    });
    expect((await failureOf(unauthorized.get('a/b'))).code).to.equal('blobs_unavailable');
  });
});
