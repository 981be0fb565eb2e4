import { Type } from 'typebox';

import { requireFresh } from '../accounts/index.ts';
import type { PersonCaller } from '../http/routing/caller.ts';
import { HttpError } from '../http/http-error.ts';
import { type AnyRoute, Bytes, route } from '../http/routing/route.ts';
import type { Clock } from '../platform/clock.ts';
import { ExportView } from './export-schema.ts';
import type { Exports } from './index.ts';

interface ExportRoutesDeps {
  readonly exports: Exports;
  readonly clock: Clock;
}

const TAG = 'Exports';
const PATH = '/api/v1/account/exports';
const ExportParams = Type.Object({ exportId: Type.String({ format: 'uuid' }) });
const SESSION_ONLY = 'Needs a session: access tokens are refused.';

/** All data about a person in one file. Access tokens are refused: such a file is not for apps. */
export function exportRoutes(deps: ExportRoutesDeps): readonly AnyRoute[] {
  return [requestRoute(deps), readRoute(deps), downloadRoute(deps)];
}

function requestRoute({ exports, clock }: ExportRoutesDeps): AnyRoute {
  return route({
    method: 'post',
    path: PATH,
    operationId: 'requestExport',
    tag: TAG,
    summary: 'Request a file with all data about you',
    description:
      'A background job makes it; a mail is sent when it is ready. Earlier exports are removed. ' +
      `Needs a proof of identity of the last ten minutes. ${SESSION_ONLY}`,
    access: 'person',
    status: 202,
    response: ExportView,
    errorCodes: { 403: ['fresh_sign_in_required'], 409: ['export_running'] },
    limit: { points: 10, perSeconds: 3_600 },
    handle: async ({ caller, request }) => {
      requireFresh(clock.now(), sessionTime(caller));
      const { accountId } = caller;
      return exports.request({ accountId, locale: request.locale });
    },
  });
}

function readRoute({ exports }: ExportRoutesDeps): AnyRoute {
  return route({
    method: 'get',
    path: `${PATH}/{exportId}`,
    operationId: 'readExport',
    tag: TAG,
    summary: 'Read the progress of an export',
    description: SESSION_ONLY,
    access: 'person',
    params: ExportParams,
    response: ExportView,
    errorCodes: { 404: ['export_not_found'] },
    handle: ({ caller, params: { exportId } }) =>
      exports.find({ accountId: caller.accountId, exportId }),
  });
}

function downloadRoute({ exports, clock }: ExportRoutesDeps): AnyRoute {
  return route({
    method: 'get',
    path: `${PATH}/{exportId}/download`,
    operationId: 'downloadExport',
    tag: TAG,
    summary: 'Download an export, once',
    description:
      'A ZIP file with `data.json`, the same data as a readable page, and pictures. It is removed when it has been sent. ' +
      `Needs a proof of identity of the last ten minutes. ${SESSION_ONLY}`,
    access: 'person',
    params: ExportParams,
    response: Bytes,
    produces: ['application/zip'],
    errorCodes: {
      403: ['fresh_sign_in_required'],
      404: ['export_not_found'],
      409: ['export_not_ready'],
      410: ['export_gone'],
    },
    handle: async ({ caller, params: { exportId }, ctx }) => {
      requireFresh(clock.now(), sessionTime(caller));
      // A HEAD request has not received the file.
      if (ctx.method !== 'GET') throw new HttpError(405, 'method_not_allowed', { Allow: 'GET' });
      return exports.download({ accountId: caller.accountId, exportId });
    },
  });
}

function sessionTime(caller: PersonCaller): Date | null {
  return caller.via === 'session' ? caller.authenticatedAt : null;
}
