import { Type } from 'typebox';

import { page } from '../../http/pages/page.ts';
import { pageRoute, render } from '../../http/routing/page-route.ts';
import { route, type AnyRoute } from '../../http/routing/route.ts';
import { MomentOutput } from '../../http/routing/time-inputs.ts';
import {
  type ClientRoutesDeps,
  managerOf,
  ONE_CLIENT_OPERATION,
  ONE_CLIENT_PAGE,
} from '../client-routes.ts';
import { type AppLine, toAppLine } from '../console/client-views.ts';
import { FAILED_REQUEST_LIMITS, type FailedRequest } from './failed-request.ts';

export const failedRequestsPage = page<{
  readonly app: AppLine;
  readonly failures: readonly FailedRequest[];
}>('clients/failed-requests.njk');

const FailedRequestView = Type.Object({
  id: Type.String(),
  endpoint: Type.String(),
  code: Type.String({ description: 'The error code of the answer, or `scope_dropped`.' }),
  reason: Type.String({ description: 'The reason in English; empty when it is unknown.' }),
  times: Type.Integer(),
  firstAt: MomentOutput,
  lastAt: MomentOutput,
});

/** The failed requests of an app with the real reason, as a page and as JSON. */
export function failedRequestRoutes({ clients }: ClientRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'get',
      path: '/developer/apps/{clientId}/failed-requests',
      handle: async ({ params, caller }) => {
        const managed = { ...params, manager: caller };
        const client = await clients.findManaged(managed);
        const failures = await clients.listFailures(managed);
        return render(failedRequestsPage, { app: toAppLine(client), failures });
      },
    }),
    route({
      ...ONE_CLIENT_OPERATION,
      method: 'get',
      path: '/api/v1/clients/{clientId}/failed-requests',
      operationId: 'listFailedRequests',
      summary: 'List the failed requests of an app, newest first',
      description: `The latest ${String(FAILED_REQUEST_LIMITS.entries)}; equal failures share one entry. At most ${String(FAILED_REQUEST_LIMITS.writesPerMinute)} are recorded per minute. They contain no personal values.`,
      response: Type.Object({ failedRequests: Type.Array(FailedRequestView) }),
      errorCodes: { 404: ['client_not_found'] },
      handle: async ({ params, caller }) => ({
        failedRequests: await clients.listFailures({ ...params, manager: managerOf(caller) }),
      }),
    }),
  ];
}
