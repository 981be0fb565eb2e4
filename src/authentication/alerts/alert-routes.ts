import { Type } from 'typebox';

import { formPage, redirect, render } from '../../http/routing/page-route.ts';
import { OpaqueIdParam } from '../../http/routing/path-parameters.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import { sitePath } from '../../http/pages/site-path.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { Authentication } from '../index.ts';
import { alertPage, deadAlertPage } from './alert-views.ts';

/**
 * The page behind “This was not me” in a mail. Opening it changes nothing, because mail scanners open links; only its button
 * does.
 */
export function alertRoutes({
  authentication,
}: {
  readonly authentication: Authentication;
}): readonly AnyRoute[] {
  return [
    ...formPage({
      path: '/not-me/{link}',
      access: 'public',
      params: Type.Object({ link: OpaqueIdParam }),
      form: Type.Object({}),
      show: async ({ params: { link }, request: { network: ip } }) => {
        const found = await authentication.describeAlert({ link, ip });
        return found === null
          ? render(deadAlertPage, {}, { status: 410 })
          : render(alertPage, { ...found, link });
      },
      submit: async ({ params: { link }, request: { network: ip } }) => {
        await authentication.disownEvent({ link, ip }).catch((error: unknown) => {
          // The page explains it.
          if (!isAppError(error, 'link_expired')) throw error;
        });
        return redirect(sitePath`/not-me/${link}`);
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/disowned-events',
      operationId: 'disownEvent',
      tag: 'Account',
      summary: 'Report that an event of your account was not you',
      description:
        'Takes the text after `/not-me/` in the link of a mail. It works once and for seven days. Ends every session and every access of apps, removes the addresses and second factors that were added since the event, and the password: choose a new one with a code sent to one of your other addresses.',
      access: 'public',
      body: Type.Object({ link: OpaqueIdParam }),
      response: Nothing,
      errorCodes: { 410: ['link_expired'] },
      limit: { points: 30, perSeconds: 600 },
      handle: async ({ body: { link }, request: { network: ip } }) =>
        authentication.disownEvent({ link, ip }),
    }),
  ];
}
