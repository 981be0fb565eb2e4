import { Type } from 'typebox';

import { pageRoute, redirect, render } from '../http/routing/page-route.ts';
import { Nothing, route, type AnyRoute } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import { readCheckUp } from './check-up.ts';
import { CHECK_UP, checkUpPage, presentCheckUp } from './check-up-views.ts';
import type { ConnectedAppDeps } from './connected-app.ts';
import { REFUSE } from '../consents/page/consent-prompt.ts';
import { ConnectedItemParams } from './connected-app-path-schema.ts';

const PATH = '/api/v1/account/check-up';
const Moment = Type.String({ format: 'date-time' });

const CheckUpView = Type.Object({
  isDue: Type.Boolean({ description: 'A year has passed since the last look.' }),
  checkedAt: Type.Union([Moment, Type.Null()]),
  rows: Type.Array(
    Type.Object({
      clientId: Type.String(),
      appName: Type.String(),
      sensitivity: Type.Enum(['low', 'medium', 'high']),
      claim: Type.Union([Type.String(), Type.Null()]),
      permission: Type.Union([Type.String(), Type.Null()]),
      isEssential: Type.Boolean(),
      lastReadAt: Type.Union([Moment, Type.Null()]),
    }),
    {
      description:
        'What apps may see: the most sensitive first, then what was never read or read longest ago.',
    },
  ),
});

/** The yearly look through what apps may see, as a page and as an API. */
export function checkUpRoutes(deps: ConnectedAppDeps): readonly AnyRoute[] {
  return [...pages(deps), ...operations(deps)];
}

function pages(deps: ConnectedAppDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: CHECK_UP,
      access: 'person',
      handle: async ({ caller, request }) => {
        const { locale } = request;
        const checkUp = await readCheckUp(deps, { accountId: caller.accountId, locale });
        return render(checkUpPage, presentCheckUp(checkUp, locale));
      },
    }),
    pageRoute({
      method: 'post',
      path: CHECK_UP,
      access: 'person',
      handle: async ({ caller }) => {
        await deps.consents.recordCheckUp(caller.accountId);
        return redirect('/account/apps', {
          flash: { kind: 'good', message: 'consents:checkUp.done' },
        });
      },
    }),
    pageRoute({
      method: 'post',
      path: `${CHECK_UP}/apps/{clientId}/items/{claim}`,
      access: 'person',
      params: ConnectedItemParams,
      limit: { points: 60, perSeconds: 60 },
      handle: async ({ caller, params, request }) => {
        const { clientId, claim } = params;
        await deps.consents.changeItem({
          accountId: caller.accountId,
          clientId,
          claim,
          choice: REFUSE,
          locale: request.locale,
        });
        return redirect(CHECK_UP, {
          flash: { kind: 'good', message: 'consents:checkUp.stopped' },
        });
      },
    }),
  ];
}

function operations(deps: ConnectedAppDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operationId: 'readCheckUp',
      tag: 'Connected apps',
      summary: 'Read everything apps may see, what deserves a second look first',
      access: 'person',
      scope: 'account:read',
      response: CheckUpView,
      handle: async ({ caller, request }) => {
        const { accountId } = caller;
        const { rows, checkedAt, isDue } = await readCheckUp(deps, {
          accountId,
          locale: request.locale,
        });
        return {
          isDue,
          checkedAt: checkedAt?.toISOString() ?? null,
          rows: rows.map(({ clientId, appName, sensitivity, subject, lastReadAt }) => ({
            clientId,
            appName,
            sensitivity,
            claim: subject.kind === 'value' ? subject.item.claim : null,
            permission: subject.kind === 'permission' ? subject.permission.scope : null,
            isEssential: subject.kind === 'value' && subject.item.isEssential,
            lastReadAt: lastReadAt?.toISOString() ?? null,
          })),
        };
      },
    }),
    route({
      method: 'post',
      path: PATH,
      operationId: 'recordCheckUp',
      tag: 'Connected apps',
      summary: 'Record that the person looked everything through and it looks good',
      description: 'Not with an access token: no app looks things through for a person.',
      access: 'person',
      scope: 'account:write',
      response: Nothing,
      errorCodes: { 403: ['sharing_needs_session'] },
      handle: async ({ caller }) => {
        if (caller.via === 'token') throw new AppError('forbidden', 'sharing_needs_session');
        await deps.consents.recordCheckUp(caller.accountId);
      },
    }),
  ];
}
