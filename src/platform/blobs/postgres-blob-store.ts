import { type BlobStore, requireBlobName } from './blob-store.ts';
import type { Database } from '../postgres/postgres.ts';

/** Blobs as rows of `blobs`. */
export function createPostgresBlobStore(db: Database): BlobStore {
  return Object.freeze({
    put: async (name: string, content: Buffer) => {
      await db.query({
        name: 'blobs-put',
        text: `insert into blobs (name, content) values ($1, $2)
               on conflict (name) do update set content = excluded.content`,
        values: [requireBlobName(name), content],
      });
    },
    get: async (name: string) => {
      const [row] = await db.query<{ content: Buffer }>({
        name: 'blobs-get',
        text: 'select content from blobs where name = $1',
        values: [requireBlobName(name)],
      });
      return row?.content ?? null;
    },
    removeFolder: async (folder: string) => {
      // The slash and the character after it: a range that the primary key serves, and no pattern to escape.
      await db.query({
        name: 'blobs-remove-folder',
        text: `delete from blobs where name >= $1 || '/' and name < $1 || '0'`,
        values: [requireBlobName(folder)],
      });
    },
  });
}
