import type { Database } from '../postgres/postgres.ts';
import { sql } from '../postgres/sql.ts';
import { type BlobStore, requireBlobName } from './blob-store.ts';

/** Blobs as rows of `blobs`. */
export function createPostgresBlobStore(db: Database): BlobStore {
  return {
    async put(name, content) {
      await db.query(sql`insert into blobs ${sql.values({ name: requireBlobName(name), content })}
        on conflict (name) do update set content = excluded.content`);
    },
    async get(name) {
      const [row] = await db.query<{ content: Buffer }>(
        sql`select content from blobs where name = ${requireBlobName(name)}`,
      );
      return row?.content ?? null;
    },
    async removeFolder(folder) {
      const name = requireBlobName(folder);
      // A range from the slash to the next character uses the primary key, and no pattern has to be escaped.
      await db.query(
        sql`delete from blobs where name >= ${name}::text || '/' and name < ${name}::text || '0'`,
      );
    },
  };
}
