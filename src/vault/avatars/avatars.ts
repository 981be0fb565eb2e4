import { AppError } from '../../platform/app-error.ts';
import { addAvatar, type AddAvatarInput, removeFiles } from './add-avatar.ts';
import type { Attribute } from '../attributes/attribute.ts';
import {
  AVATAR_CLAIM,
  type AvatarRef,
  type AvatarSize,
  fileContext,
  fileOf,
  filesOf,
} from './avatar.ts';
import { createAvatarFileStore } from './avatar-file-store.ts';
import { findAccountSealer } from '../keys/find-account-sealer.ts';
import { listAttributes, pick } from '../attributes/list-attributes.ts';
import { removeAttribute } from '../attributes/remove-attribute.ts';
import type { VaultContext } from '../context.ts';

/** Which file of a picture. */
export interface AvatarFile extends AvatarRef {
  readonly size: AvatarSize;
}

/** Pictures of people: values of the claim `picture` that have files. */
export interface Avatars {
  /** See {@link addAvatar}. */
  add(input: AddAvatarInput): Promise<Attribute>;
  /** Oldest first. */
  list(accountId: string): Promise<Attribute[]>;
  /** @throws AppError `avatar_not_found`. */
  find(ref: AvatarRef): Promise<Attribute>;
  /**
   * The picture as WebP; null when there is none. The caller has made sure that the attribute is still there and
   * may be seen.
   */
  read(file: AvatarFile): Promise<Buffer | null>;
  /** Removes a picture and its files; apps that had it get nothing in its place. @throws AppError `avatar_not_found`. */
  remove(ref: AvatarRef): Promise<void>;
  /** Removes every file of an account, before or after its rows. Can be repeated. */
  removeFilesOf(accountId: string): Promise<void>;
  /** Removes files that no attribute names any more, or that never got one. @returns of how many pictures. */
  tidy(): Promise<number>;
}

/** Longer than any upload takes from its first file to its row. */
const UPLOAD_SECONDS = 600;
const TIDY_BATCH = 500;

/** Connects pictures to their rows and files. */
export function createAvatars(ctx: VaultContext): Avatars {
  const find = async ({ accountId, avatarId }: AvatarRef): Promise<Attribute> => {
    const all = (await listAttributes(ctx, accountId)).filter(isAvatar);
    if (!all.some(({ id }) => id === avatarId)) {
      throw new AppError('not_found', 'avatar_not_found');
    }
    return pick(all, avatarId);
  };
  return Object.freeze({
    add: (input: AddAvatarInput) => addAvatar(ctx, input),
    list: async (accountId: string) => (await listAttributes(ctx, accountId)).filter(isAvatar),
    find,
    read: (file: AvatarFile) => readAvatar(ctx, file),
    remove: async (ref: AvatarRef) => {
      await find(ref);
      await removeAttribute(ctx, { accountId: ref.accountId, attributeId: ref.avatarId });
      // It is no longer visible; the hourly job removes files that are left.
      await removeFiles(ctx, ref).catch(() => undefined);
    },
    removeFilesOf: async (accountId: string) => {
      await ctx.blobs.removeFolder(filesOf(accountId));
      await createAvatarFileStore(ctx.db).removeAll(accountId);
    },
    tidy: () => tidyFiles(ctx),
  });
}

function isAvatar({ claim }: Attribute): boolean {
  return claim === AVATAR_CLAIM;
}

async function readAvatar(ctx: VaultContext, file: AvatarFile): Promise<Buffer | null> {
  const [sealer, sealed] = await Promise.all([
    findAccountSealer(ctx, file.accountId),
    ctx.blobs.get(fileOf(file, file.size)),
  ]);
  if (sealer === null || sealed === null) return null;
  return sealer.open(sealed, fileContext(file, file.size));
}

async function tidyFiles(ctx: VaultContext): Promise<number> {
  const before = new Date(ctx.clock.now().getTime() - UPLOAD_SECONDS * 1000);
  const unused = await createAvatarFileStore(ctx.db).listUnused(before, TIDY_BATCH);
  for (const ref of unused) await removeFiles(ctx, ref);
  return unused.length;
}
