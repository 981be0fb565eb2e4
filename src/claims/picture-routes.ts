import { Type } from 'typebox';

import { type AnyRoute, Bytes, route } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import { AVATAR_SIZES, AVATAR_TYPE, type AvatarSize } from '../vault/index.ts';
import type { Claims } from './index.ts';

const LARGEST: AvatarSize = 512;

/** Where apps, and the pages of apps, fetch the pictures that people share with them. */
export function pictureRoutes({ claims }: { readonly claims: Claims }): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: '/pictures/{token}',
      operationId: 'readPicture',
      tag: 'Pictures',
      summary: 'Fetch a picture that a person shares with your app',
      description:
        'The value of the claim `picture` is such an address. It needs no token and works as long as the person shares this picture with this app; afterwards the answer is 404. ' +
        'The person sees every fetch in the history, and caches must not store the picture. A picture that is shared once can be fetched for ten minutes after its address was released.',
      access: 'public',
      params: Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9._-]{1,2000}$' }) }),
      query: Type.Object({
        size: Type.Optional(
          Type.Integer({
            enum: [...AVATAR_SIZES],
            description: 'Pixels of a side; 512 if absent.',
          }),
        ),
      }),
      produces: [AVATAR_TYPE],
      response: Bytes,
      errorCodes: { 503: ['ledger_unavailable'] },
      limit: { points: 1_200, perSeconds: 60 },
      handle: async ({ params, query }) => {
        const size = AVATAR_SIZES.find((known) => known === query.size) ?? LARGEST;
        const picture = await claims.readPicture({ token: params.token, size });
        // The same answer for every invalid address and every reason.
        if (picture === null) throw new AppError('not_found', 'not_found');
        return { contentType: AVATAR_TYPE, body: picture, isForOtherSites: true };
      },
    }),
  ];
}
