import { AppError } from '../../platform/app-error.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { listAttributes } from '../attributes/list-attributes.ts';
import { removeAttribute } from '../attributes/remove-attribute.ts';
import type { VaultContext } from '../context.ts';
import { findAccountSealer } from '../keys/find-account-sealer.ts';
import { removeFiles } from './add-avatar.ts';
import { createAvatarFileStore } from './avatar-file-store.ts';
import {
  AVATAR_CLAIM,
  fileContext,
  fileOf,
  filesOf,
  type AvatarRef,
  type AvatarSize,
} from './avatar.ts';

/** Longer than an upload takes from its first file to its row. */
const UPLOAD_SECONDS = 600;
const TIDY_BATCH = 500;

/** Pictures of a person, oldest first. */
export async function listAvatars(ctx: VaultContext, accountId: string): Promise<Attribute[]> {
  return (await listAttributes(ctx, accountId)).filter(({ claim }) => claim === AVATAR_CLAIM);
}

/** @throws AppError `avatar_not_found`. */
export async function findAvatar(ctx: VaultContext, ref: AvatarRef): Promise<Attribute> {
  const found = (await listAvatars(ctx, ref.accountId)).find(({ id }) => id === ref.avatarId);
  if (found === undefined) throw new AppError('not_found', 'avatar_not_found');
  return found;
}

/** The picture as WebP; null when there is none. The caller has checked that the attribute exists and may be seen. */
export async function readAvatar(
  ctx: VaultContext,
  file: AvatarRef & {
    readonly size: AvatarSize;
  },
): Promise<Buffer | null> {
  const [sealer, sealed] = await Promise.all([
    findAccountSealer(ctx, file.accountId),
    ctx.blobs.get(fileOf(file, file.size)),
  ]);
  if (sealer === null || sealed === null) return null;
  return sealer.open(sealed, fileContext(file, file.size));
}

/**
 * Removes a picture and its files; apps that had it get no other picture instead.
 * @throws AppError `avatar_not_found`.
 */
export async function removeAvatar(ctx: VaultContext, ref: AvatarRef): Promise<void> {
  await findAvatar(ctx, ref);
  await removeAttribute(ctx, { accountId: ref.accountId, attributeId: ref.avatarId });
  // The picture is not visible any more; the hourly job removes files that are left.
  await removeFiles(ctx, ref).catch(() => undefined);
}

/** Removes every file of an account, before or after its rows. Can be repeated. */
export async function removeFilesOf({ blobs, db }: VaultContext, accountId: string): Promise<void> {
  await blobs.removeFolder(filesOf(accountId));
  await createAvatarFileStore(db).removeAll(accountId);
}

/** Removes files whose attribute was deleted or never written. @returns the number of pictures. */
export async function tidyFiles(ctx: VaultContext): Promise<number> {
  const before = new Date(ctx.clock.now().getTime() - UPLOAD_SECONDS * 1000);
  const unused = await createAvatarFileStore(ctx.db).listUnused(before, TIDY_BATCH);
  for (const ref of unused) await removeFiles(ctx, ref);
  return unused.length;
}
