import { Type } from 'typebox';

import { Nullable } from '../http/routing/nullable.ts';
import { formPage, pageRoute, redirect, render, success } from '../http/routing/page-route.ts';
import { Nothing, route, type AnyRoute } from '../http/routing/route.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import { REFUSE, type Consents } from '../consents/index.ts';
import { AppError } from '../platform/app-error.ts';
import { CHECK_UP, checkUpPage, presentCheckUp } from './check-up-views.ts';
import { ConnectedItemParams } from './connected-app-schema.ts';
import type { ConnectedApps } from './index.ts';

const PATH = '/api/v1/account/check-up';
const moment = Nullable(MomentOutput);

const CheckUpView = Type.Object({
  isDue: Type.Boolean({ description: 'A year has passed since the last review.' }),
  checkedAt: moment,
  rows: Type.Array(
    Type.Object({
      clientId: Type.String(),
      appName: Type.String(),
      sensitivity: Type.Enum(['low', 'medium', 'high']),
      claim: Nullable(Type.String()),
      permission: Nullable(Type.String()),
      isEssential: Type.Boolean(),
      lastReadAt: moment,
    }),
    {
      description:
        'The values and permissions of apps: the most sensitive first, then those that were never read or read longest ago.',
    },
  ),
});

interface CheckUpRoutesDeps {
  readonly connectedApps: Pick<ConnectedApps, 'checkUp' | 'recordCheckUp'>;
  readonly consents: Pick<Consents, 'changeItem'>;
}

/** The yearly review of the access of apps, as a page and as an API. */
export function checkUpRoutes(deps: CheckUpRoutesDeps): readonly AnyRoute[] {
  return [...pages(deps), ...operations(deps)];
}

function pages(deps: CheckUpRoutesDeps): readonly AnyRoute[] {
  return [
    ...formPage({
      path: CHECK_UP,
      access: 'person',
      show: async ({ caller: { accountId }, request: { locale } }) => {
        const checkUp = await deps.connectedApps.checkUp({ accountId, locale });
        return render(checkUpPage, presentCheckUp(checkUp, locale));
      },
      submit: async ({ caller }) => {
        await deps.connectedApps.recordCheckUp(caller.accountId);
        return redirect('/account/apps', success('connected-apps:checkUp.done'));
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
        return redirect(CHECK_UP, success('connected-apps:checkUp.stopped'));
      },
    }),
  ];
}

function operations(deps: CheckUpRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operationId: 'readCheckUp',
      tag: 'Connected apps',
      summary: 'Read the access of all apps, the most sensitive first',
      access: 'person',
      scope: 'account:read',
      response: CheckUpView,
      handle: async ({ caller, request }) => {
        const { accountId } = caller;
        const { rows, checkedAt, isDue } = await deps.connectedApps.checkUp({
          accountId,
          locale: request.locale,
        });
        return {
          isDue,
          checkedAt,
          rows: rows.map(({ clientId, appName, sensitivity, subject, lastReadAt }) => ({
            clientId,
            appName,
            sensitivity,
            claim: subject.kind === 'value' ? subject.item.claim : null,
            permission: subject.kind === 'permission' ? subject.permission.scope : null,
            isEssential: subject.kind === 'value' && subject.item.isEssential,
            lastReadAt,
          })),
        };
      },
    }),
    route({
      method: 'post',
      path: PATH,
      operationId: 'recordCheckUp',
      tag: 'Connected apps',
      summary: 'Record that the person has reviewed the access of all apps',
      description: 'Access tokens are refused: an app cannot review for a person.',
      access: 'person',
      scope: 'account:write',
      response: Nothing,
      errorCodes: { 403: ['sharing_needs_session'] },
      handle: async ({ caller }) => {
        if (caller.via === 'token') throw new AppError('forbidden', 'sharing_needs_session');
        await deps.connectedApps.recordCheckUp(caller.accountId);
      },
    }),
  ];
}
