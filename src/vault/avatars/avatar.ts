import { hash } from 'node:crypto';

import type { ImageCopy, ImageRule } from '../../platform/blobs/image-encoder.ts';

export const AVATAR_CLAIM = 'picture';

/** Sides of the squares that are stored of each picture, in pixels. */
export const AVATAR_SIZES = [64, 256, 512] as const;
export type AvatarSize = (typeof AVATAR_SIZES)[number];

/** The format in which pictures are stored and shown. */
export const AVATAR_TYPE = 'image/webp';

/** The files that may be uploaded. */
export const AVATAR_RULE = {
  field: 'picture',
  types: ['image/png', 'image/jpeg', 'image/webp', 'image/avif'],
  mostBytes: 5 * 1024 * 1024,
  mostPixels: 50_000_000,
  fit: 'cover',
} as const satisfies ImageRule;

/** The stored form of each size. */
export const AVATAR_COPIES: ReadonlyMap<AvatarSize, ImageCopy> = new Map(
  AVATAR_SIZES.map((pixels) => [pixels, { pixels, format: 'webp' }]),
);

/** Names one picture of one account. It is the attribute of the same id. */
export interface AvatarRef {
  readonly accountId: string;
  readonly avatarId: string;
}

/** The folder of all files of an account. */
export function filesOf(accountId: string): string {
  return `avatars/${accountId}`;
}

/** The folder of all sizes of one picture. */
export function folderOf({ accountId, avatarId }: AvatarRef): string {
  return `${filesOf(accountId)}/${avatarId}`;
}

/** The file of one size of one picture. */
export function fileOf(ref: AvatarRef, size: AvatarSize): string {
  return `${folderOf(ref)}/${String(size)}`;
}

/** The context to which a file is bound: it cannot be opened as another size, picture or account. */
export function fileContext({ accountId, avatarId }: AvatarRef, size: AvatarSize): string {
  return `avatar_files:${String(size)}:${accountId}:${avatarId}`;
}

/** The value of the attribute for a picture: it identifies the picture and contains nothing of it. */
export function avatarValue(picture: Buffer): string {
  return `sha-256:${hash('sha256', picture, 'base64url')}`;
}
