import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { AvatarRef } from './avatar.ts';

/** Rows of `avatar_files`: pictures that have, or may have, files. */
export function createAvatarFileStore(db: Database) {
  return {
    async insert({ accountId, avatarId }: AvatarRef, createdAt: Date): Promise<void> {
      await db.query(
        sql`insert into avatar_files ${sql.values({ avatarId, accountId, createdAt })}`,
      );
    },

    async remove(avatarId: string): Promise<void> {
      await db.execute(sql`delete from avatar_files where avatar_id = ${avatarId}`);
    },

    async removeAll(accountId: string): Promise<void> {
      await db.execute(sql`delete from avatar_files where account_id = ${accountId}`);
    },

    /** Created before `before`, without an attribute. Oldest first. */
    listUnused(before: Date, limit: number): Promise<AvatarRef[]> {
      return db.query<AvatarRef>(sql`select file.account_id, file.avatar_id
        from avatar_files as file left join attributes on attributes.id = file.avatar_id
        where attributes.id is null and file.created_at < ${before}
        order by file.created_at limit ${limit}`);
    },
  };
}
