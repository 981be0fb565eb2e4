import { Type } from 'typebox';

import { requireScope } from '../../http/routing/access.ts';
import { Nullable } from '../../http/routing/nullable.ts';
import { type AnyRoute, Bytes, Nothing, route } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import type { TokenReadRecorder } from '../attributes/attribute-routes.ts';
import type { Vault } from '../index.ts';
import { AVATAR_CLAIM, AVATAR_RULE, AVATAR_SIZES, AVATAR_TYPE } from './avatar.ts';
import { AvatarView, presentAvatar } from './avatar-schema.ts';

interface AvatarRoutesDeps extends TokenReadRecorder {
  readonly vault: Vault;
}

const Params = Type.Object({ avatarId: Type.String({ format: 'uuid' }) });
const PATH = '/api/v1/account/avatars/{avatarId}';
const READ = { tag: 'Account', access: 'person', scope: 'account:read' } as const;
const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;

/** A person's own pictures. Apps that a picture is shared with fetch it from its own address; see `claims/`. */
export function avatarRoutes(deps: AvatarRoutesDeps): readonly AnyRoute[] {
  return [...reading(deps), addingRoute(deps), ...changing(deps)];
}

function reading({ vault, recordTokenRead }: AvatarRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...READ,
      method: 'get',
      path: '/api/v1/account/avatars',
      operationId: 'listAvatars',
      summary: 'List your pictures',
      response: Type.Array(AvatarView),
      errorCodes: { 503: ['ledger_unavailable'] },
      handle: async ({ caller }) => {
        const { accountId } = caller;
        const avatars = await vault.avatars.list(accountId);
        if (caller.via === 'token' && avatars.length > 0) {
          await recordTokenRead({ caller, claims: [AVATAR_CLAIM] });
        }
        return avatars.map(presentAvatar);
      },
    }),
    route({
      ...READ,
      method: 'get',
      path: `${PATH}/{size}`,
      operationId: 'readAvatarImage',
      summary: 'Read one of your pictures',
      params: Type.Object({
        avatarId: Type.String({ format: 'uuid' }),
        size: Type.Integer({ enum: [...AVATAR_SIZES] }),
      }),
      produces: [AVATAR_TYPE],
      response: Bytes,
      errorCodes: { 404: ['avatar_not_found'], 503: ['ledger_unavailable'] },
      handle: async ({ caller, params }) => {
        const { accountId } = caller;
        const ref = { accountId, avatarId: params.avatarId };
        await vault.avatars.find(ref);
        const size = AVATAR_SIZES.find((known) => known === params.size) ?? 512;
        const body = await vault.avatars.read({ ...ref, size });
        if (body === null) throw new AppError('not_found', 'avatar_not_found');
        if (caller.via === 'token') {
          await recordTokenRead({ caller, claims: [AVATAR_CLAIM] });
        }
        return { contentType: AVATAR_TYPE, body };
      },
    }),
  ];
}

function addingRoute({ vault }: AvatarRoutesDeps): AnyRoute {
  return route({
    ...WRITE,
    method: 'post',
    path: '/api/v1/account/avatars',
    operationId: 'addAvatar',
    summary: 'Add a picture',
    description:
      'The body is the file. It is decoded and encoded again as squares of 64, 256 and 512 pixels; places, dates and all other data of the file are removed. ' +
      'The content decides the type: PNG, JPEG, WebP or AVIF, at most 5 MB and 50 megapixels. The first picture becomes the default.',
    consumes: {
      types: [...AVATAR_RULE.types, 'application/octet-stream'],
      maxBytes: AVATAR_RULE.mostBytes,
    },
    response: AvatarView,
    status: 201,
    location: ({ id }) => `/api/v1/account/avatars/${id}/512`,
    errorCodes: {
      400: ['image_kind_unsupported', 'image_unreadable', 'image_too_many_pixels'],
      409: ['value_exists', 'too_many_values'],
      413: ['image_too_large'],
      503: ['busy'],
    },
    limit: { points: 20, perSeconds: 60 },
    handle: async ({ caller, upload }) => {
      const { accountId } = caller;
      return presentAvatar(await vault.avatars.add({ accountId, content: upload.content }));
    },
  });
}

function changing({ vault }: AvatarRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'patch',
      path: PATH,
      operationId: 'changeAvatar',
      summary: 'Name a picture, or make it the default',
      description:
        'The answer contains the picture, so an access token needs `account:read` as well.',
      params: Params,
      body: Type.Object(
        {
          label: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
          isDefault: Type.Optional(Type.Literal(true)),
        },
        { minProperties: 1 },
      ),
      response: AvatarView,
      errorCodes: { 400: ['value_invalid'], 404: ['avatar_not_found'] },
      limit: { points: 60, perSeconds: 60 },
      handle: async ({ caller, params, body }) => {
        requireScope(caller, 'account:read');
        const avatar = { accountId: caller.accountId, ...params };
        await vault.avatars.find(avatar);
        const ref = { accountId: caller.accountId, attributeId: params.avatarId };
        if (body.label !== undefined) await vault.changeAttribute({ ...ref, label: body.label });
        if (body.isDefault === true) await vault.makeDefault(ref);
        return presentAvatar(await vault.avatars.find(avatar));
      },
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: PATH,
      operationId: 'removeAvatar',
      summary: 'Delete a picture',
      description:
        'Apps that were given it get no other in its place, and its addresses stop working.',
      params: Params,
      response: Nothing,
      errorCodes: { 404: ['avatar_not_found'] },
      handle: async ({ caller, params }) => {
        const { accountId } = caller;
        const { avatarId } = params;
        if (await vault.wasRemoved({ accountId, attributeId: avatarId })) return;
        await vault.avatars.remove({ accountId, avatarId });
      },
    }),
  ];
}
