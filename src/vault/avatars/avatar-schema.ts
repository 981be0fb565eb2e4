import { Type, type Static } from 'typebox';

import { AVATAR_SIZES, type AvatarSize } from './avatar.ts';
import type { Attribute } from '../attributes/attribute.ts';

const Moment = Type.String({ format: 'date-time' });

/** One picture as its owner sees it. */
export const AvatarView = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    label: Type.Union([Type.String(), Type.Null()]),
    isDefault: Type.Boolean(),
    images: Type.Array(
      Type.Object({
        size: Type.Integer({ description: 'Pixels of a side.' }),
        href: Type.String({ description: 'Where to fetch it, with the same permission.' }),
      }),
    ),
    createdAt: Moment,
    updatedAt: Moment,
  },
  { title: 'Avatar' },
);

/** Presents a picture to its owner. */
export function presentAvatar(avatar: Attribute): Static<typeof AvatarView> {
  return {
    id: avatar.id,
    label: avatar.label,
    isDefault: avatar.isDefault,
    images: AVATAR_SIZES.map((size) => ({ size, href: avatarHref(avatar.id, size) })),
    createdAt: avatar.createdAt.toISOString(),
    updatedAt: avatar.updatedAt.toISOString(),
  };
}

/** The address of a picture for its owner. */
export function avatarHref(avatarId: string, size: AvatarSize): string {
  return `/api/v1/account/avatars/${avatarId}/${String(size)}`;
}
