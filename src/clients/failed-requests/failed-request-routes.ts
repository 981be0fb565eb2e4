import { Type } from 'typebox';

import { page } from '../../http/pages/page.ts';
import { pageRoute, render } from '../../http/routing/page-route.ts';
import { route, type AnyRoute } from '../../http/routing/route.ts';
import { ClientParams } from '../client-path-schema.ts';
import { managerOf } from '../client-routes.ts';
import { SAMPLE_APP, toAppLine, type AppLine } from '../console/client-views.ts';
import type { Clients } from '../clients.ts';
import { FAILED_REQUEST_LIMITS, type FailedRequest } from './failed-requests.ts';

export interface FailedRequestRoutesDeps {
  readonly clients: Pick<Clients, 'findManaged' | 'listFailures'>;
}

export interface FailedRequestsModel {
  readonly app: AppLine;
  readonly failures: readonly FailedRequest[];
}

const SAMPLE: FailedRequest = {
  id: '7',
  endpoint: 'authorization',
  code: 'scope_dropped',
  reason: 'not registered for this app: phone <b>',
  times: 12,
  firstAt: SAMPLE_APP.createdAt,
  lastAt: SAMPLE_APP.updatedAt,
};

export const failedRequestsPage = page<FailedRequestsModel>('clients/failed-requests.njk', {
  app: SAMPLE_APP,
  failures: [SAMPLE, { ...SAMPLE, endpoint: 'token', code: 'invalid_client', reason: '' }],
});

/** The failed requests of an app with the real reason, as a page and as JSON. */
export function failedRequestRoutes({ clients }: FailedRequestRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/developer/apps/{clientId}/failed-requests',
      access: 'person',
      params: ClientParams,
      handle: async ({ params, caller }) => {
        const managed = { clientId: params.clientId, manager: caller };
        const client = await clients.findManaged(managed);
        const failures = await clients.listFailures(managed);
        return render(failedRequestsPage, { app: toAppLine(client), failures });
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/clients/{clientId}/failed-requests',
      operationId: 'listFailedRequests',
      tag: 'Apps',
      summary: 'List the failed requests of an app, newest first',
      description: `The newest ${String(FAILED_REQUEST_LIMITS.entries)}, equal ones as one entry; at most ${String(FAILED_REQUEST_LIMITS.writesPerMinute)} are written in a minute. Without values of people.`,
      access: 'person',
      scope: 'clients:manage',
      params: ClientParams,
      response: Type.Object({ failedRequests: Type.Array(FailedRequestView) }),
      errorCodes: { 404: ['client_not_found'] },
      handle: async ({ params, caller }) => ({
        failedRequests: (
          await clients.listFailures({ clientId: params.clientId, manager: managerOf(caller) })
        ).map((failure) => ({
          ...failure,
          firstAt: failure.firstAt.toISOString(),
          lastAt: failure.lastAt.toISOString(),
        })),
      }),
    }),
  ];
}

const FailedRequestView = Type.Object({
  id: Type.String(),
  endpoint: Type.String(),
  code: Type.String({ description: 'The error code of the answer, or `scope_dropped`.' }),
  reason: Type.String({ description: 'Why, in English. Empty when nothing more is known.' }),
  times: Type.Integer(),
  firstAt: Type.String({ format: 'date-time' }),
  lastAt: Type.String({ format: 'date-time' }),
});
