import { Type } from 'typebox';

import { pageRoute, type PageResult, render } from '../http/page-route.ts';
import { type AnyRoute, route } from '../http/route.ts';
import { isAppError } from '../platform/app-error.ts';
import type { Authentication } from './index.ts';
import { deadLinkPage, linkConfirmedPage, linkPage } from './link-views.ts';
import { OpaqueIdParam } from '../http/path-parameters.ts';

export interface LinkRoutesDeps {
  readonly authentication: Authentication;
}

const PATH = '/confirm/{link}';
const LinkParams = Type.Object({ link: OpaqueIdParam });
const LinkView = Type.Object({
  purpose: Type.Union([Type.Literal('registration'), Type.Literal('attribute')]),
});

/**
 * Where the link of a mail leads. Opening it changes nothing, because mail scanners open links; the button does. It works in any
 * browser, signed in or not, and signs nobody in.
 */
export function linkRoutes({ authentication }: LinkRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: PATH,
      access: 'public',
      params: LinkParams,
      handle: async ({ params, request }) => {
        const found = await authentication.describeLink({ ...params, ip: request.network });
        return found === null ? showDead('dead') : render(linkPage, { ...params, ...found });
      },
    }),
    pageRoute({
      method: 'post',
      path: PATH,
      access: 'public',
      params: LinkParams,
      handle: async ({ params, request }) => {
        try {
          const input = { ...params, ip: request.network };
          return render(linkConfirmedPage, await authentication.confirmLink(input));
        } catch (error) {
          if (isAppError(error, 'link_dead')) return showDead('dead');
          if (isAppError(error, 'address_taken')) return showDead('taken');
          throw error;
        }
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/confirmations',
      operationId: 'confirmLink',
      tag: 'Account',
      summary: 'Prove an e-mail by the link that was mailed to it',
      description:
        'Takes what stands after `/confirm/` in the link. It works once and for 24 hours, proves the address for the account it was mailed for, and signs nobody in.',
      access: 'public',
      body: Type.Object({ link: OpaqueIdParam }),
      response: LinkView,
      errorCodes: ['link_dead', 'address_taken'],
      limit: { points: 30, perSeconds: 600 },
      handle: async ({ body, request }) =>
        authentication.confirmLink({ link: body.link, ip: request.network }),
    }),
  ];
}

function showDead(reason: 'dead' | 'taken'): PageResult {
  return render(deadLinkPage, { reason }, { status: reason === 'dead' ? 410 : 409 });
}
