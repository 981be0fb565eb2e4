import { Type } from 'typebox';

import {
  type AppLine,
  managerOf,
  ONE_CLIENT_OPERATION,
  ONE_CLIENT_PAGE,
  toAppLine,
} from '../clients/http.ts';
import type { Clients } from '../clients/index.ts';
import { page } from '../http/pages/page.ts';
import { sitePath } from '../http/pages/site-path.ts';
import { IdentifierParam, UuidParam } from '../http/routing/path-parameters.ts';
import { pageRoute, redirect, render, success } from '../http/routing/page-route.ts';
import { type AnyRoute, Nothing, route } from '../http/routing/route.ts';
import type { LogoutNotices } from './create-logout-notices.ts';
import type { LogoutNotice } from './logout-notice.ts';
import { LogoutNoticeView, presentNotice } from './logout-notice-schema.ts';

interface LogoutNoticeRoutesDeps {
  readonly clients: Pick<Clients, 'findManaged'>;
  readonly logoutNotices: Pick<LogoutNotices, 'list' | 'sendAgain'>;
}

/** The notices of an app for its developer. */
export const logoutNoticesPage = page<{
  readonly app: AppLine;
  /** Null: the app has not registered one. */
  readonly address: string | null;
  readonly notices: readonly LogoutNotice[];
}>('logout-notices/notices.njk');

const NoticeParams = Type.Object({ clientId: IdentifierParam, noticeId: UuidParam });
const PAGE = '/developer/apps/{clientId}/sign-outs';
const OPERATION = '/api/v1/clients/{clientId}/logout-notices';

/** Pages and operations with which a developer follows the sign-out notices of an app. */
export function logoutNoticeRoutes(deps: LogoutNoticeRoutesDeps): readonly AnyRoute[] {
  return [...pages(deps), ...operations(deps)];
}

function pages({ clients, logoutNotices }: LogoutNoticeRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'get',
      path: PAGE,
      handle: async ({ params, caller }) => {
        const managed = { ...params, manager: caller };
        const client = await clients.findManaged(managed);
        const notices = await logoutNotices.list(managed);
        const address = client.backchannelLogoutUri;
        return render(logoutNoticesPage, { app: toAppLine(client), address, notices });
      },
    }),
    pageRoute({
      ...ONE_CLIENT_PAGE,
      params: NoticeParams,
      method: 'post',
      path: `${PAGE}/{noticeId}/again`,
      handle: async ({ params, caller }) => {
        await logoutNotices.sendAgain({ ...params, manager: caller });
        const list = sitePath`/developer/apps/${params.clientId}/sign-outs`;
        return redirect(list, success('logout-notices:flash.again'));
      },
    }),
  ];
}

function operations({ logoutNotices }: LogoutNoticeRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'get',
      path: OPERATION,
      operationId: 'listLogoutNotices',
      summary: 'List the sign-out notices of an app, newest first',
      description:
        'The latest 100 of the last 14 days (OpenID Connect Back-Channel Logout 1.0). They do not name the person.',
      response: Type.Object({ logoutNotices: Type.Array(LogoutNoticeView) }),
      errorCodes: { 404: ['client_not_found'] },
      handle: async ({ params, caller }) => {
        const notices = await logoutNotices.list({ ...params, manager: managerOf(caller) });
        return { logoutNotices: notices.map(presentNotice) };
      },
    }),
    route({
      ...ONE_CLIENT_OPERATION,
      params: NoticeParams,
      method: 'post',
      path: `${OPERATION}/{noticeId}/again`,
      operationId: 'sendLogoutNoticeAgain',
      summary: 'Send a sign-out notice again that was given up',
      description: 'Starts another round of attempts. Does nothing for other notices.',
      response: Nothing,
      errorCodes: { 404: ['client_not_found', 'logout_notice_not_found'] },
      handle: ({ params, caller }) =>
        logoutNotices.sendAgain({ ...params, manager: managerOf(caller) }),
    }),
  ];
}
