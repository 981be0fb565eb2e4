import { Type } from 'typebox';

import { type AnyRoute, Bytes, Nothing, route } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import { type ClientRoutesDeps, managerOf, ONE_CLIENT_OPERATION } from '../client-routes.ts';
import { ClientView, presentClient } from '../client-schema.ts';
import { LOGO_FORMATS, LOGO_RULE } from './client-logo.ts';

const PATH = '/api/v1/clients/{clientId}/logo';
const NOT_CHANGED = { 404: ['client_not_found'], 409: ['client_is_first_party'] };
const TYPES = { webp: 'image/webp', png: 'image/png' } as const;

/** Operations that set, remove and serve the logo of an app. */
export function clientLogoRoutes(deps: ClientRoutesDeps): readonly AnyRoute[] {
  return [...changingRoutes(deps), servingRoute(deps)];
}

function changingRoutes({ clients, scopes }: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'put',
      path: PATH,
      operationId: 'setClientLogo',
      summary: 'Set the logo of an app',
      description:
        'The body is the file: PNG, JPEG or WebP by its content, at most 1 MB and 16 megapixels; SVG is refused. It is encoded again as a square of 256 pixels with transparent margins, without the other data of the file. People see it at sign-in, on the consent page, in their list of apps and in mails.',
      consumes: {
        types: [...LOGO_RULE.types, 'application/octet-stream'],
        maxBytes: LOGO_RULE.mostBytes,
      },
      response: ClientView,
      errorCodes: {
        400: ['logo_kind_unsupported', 'logo_unreadable', 'logo_too_many_pixels'],
        413: ['logo_too_large'],
        ...NOT_CHANGED,
      },
      limit: { points: 20, perSeconds: 60 },
      handle: async ({ params, caller, upload }) => {
        const { content } = upload;
        const client = await clients.setLogo({ ...params, manager: managerOf(caller), content });
        return presentClient(client, await scopes.catalogue());
      },
    }),
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'delete',
      path: PATH,
      operationId: 'removeClientLogo',
      summary: 'Remove the logo of an app',
      response: Nothing,
      errorCodes: NOT_CHANGED,
      handle: async ({ params, caller }) =>
        clients.removeLogo({ ...params, manager: managerOf(caller) }),
    }),
  ];
}

function servingRoute({ clients }: ClientRoutesDeps): AnyRoute {
  return route({
    method: 'get',
    path: '/app-logos/{digest}/{format}',
    operationId: 'readClientLogo',
    tag: 'Apps',
    summary: 'Fetch the logo of an app',
    description:
      'The address contains a digest of the image, so the answer never changes and can be stored. It ends when the app has another logo or none.',
    access: 'public',
    isCookieless: true,
    params: Type.Object({
      digest: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 }),
      format: Type.Enum([...LOGO_FORMATS]),
    }),
    produces: Object.values(TYPES),
    response: Bytes,
    errorCodes: { 404: ['not_found'] },
    handle: async ({ params: { digest, format } }) => {
      const body = await clients.readLogo(digest, format);
      if (body === null) throw new AppError('not_found', 'not_found');
      return { contentType: TYPES[format], body, isImmutable: true };
    },
  });
}
