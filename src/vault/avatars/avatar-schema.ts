import { Type } from 'typebox';

import { Nullable } from '../../http/routing/nullable.ts';
import { MomentOutput } from '../../http/routing/time-inputs.ts';
import { AVATAR_SIZES, type AvatarSize } from './avatar.ts';
import type { Attribute } from '../attributes/attribute.ts';

/** One picture as its owner sees it. */
export const AvatarView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    label: Nullable(Type.String()),
    isDefault: Type.Boolean(),
    images: Type.Array(
      Type.Object({
        size: Type.Integer({ description: 'Pixels of a side.' }),
        href: Type.String({ description: 'Where to fetch it, with the same permission.' }),
      }),
    ),
    createdAt: MomentOutput,
    updatedAt: MomentOutput,
  },
  { title: 'Avatar' },
);

/** Presents a picture to its owner. */
export function presentAvatar(avatar: Attribute) {
  const images = AVATAR_SIZES.map((size) => ({ size, href: avatarHref(avatar.id, size) }));
  return { ...avatar, images };
}

/** The address of a picture for its owner. */
export function avatarHref(avatarId: string, size: AvatarSize): string {
  return `/api/v1/account/avatars/${avatarId}/${String(size)}`;
}
