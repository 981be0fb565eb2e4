import type { Database } from '../../platform/postgres/postgres.ts';
import type { AvatarRef } from './avatar.ts';

/** Rows of `avatar_files`: pictures that have, or may have, files. */
export interface AvatarFileStore {
  insert(ref: AvatarRef, createdAt: Date): Promise<void>;
  remove(avatarId: string): Promise<void>;
  removeAll(accountId: string): Promise<void>;
  /** Begun before `before`, and no attribute is there for them. Oldest first. */
  listUnused(before: Date, limit: number): Promise<AvatarRef[]>;
}

export function createAvatarFileStore(db: Database): AvatarFileStore {
  return Object.freeze({
    insert: async ({ accountId, avatarId }: AvatarRef, createdAt: Date) => {
      await db.query({
        name: 'avatar-files-insert',
        text: 'insert into avatar_files (avatar_id, account_id, created_at) values ($1, $2, $3)',
        values: [avatarId, accountId, createdAt],
      });
    },
    remove: async (avatarId: string) => {
      await db.query({
        name: 'avatar-files-remove',
        text: 'delete from avatar_files where avatar_id = $1',
        values: [avatarId],
      });
    },
    removeAll: async (accountId: string) => {
      await db.query({
        name: 'avatar-files-remove-all',
        text: 'delete from avatar_files where account_id = $1',
        values: [accountId],
      });
    },
    listUnused: (before: Date, limit: number) =>
      db.query<AvatarRef>({
        name: 'avatar-files-list-unused',
        text: `select file.account_id as "accountId", file.avatar_id as "avatarId"
          from avatar_files as file left join attributes on attributes.id = file.avatar_id
          where attributes.id is null and file.created_at < $1
          order by file.created_at limit $2`,
        values: [before, limit],
      }),
  } satisfies AvatarFileStore);
}
