import { Type } from 'typebox';

import { ClientParams } from '../clients/http.ts';
import type { PersonCaller } from '../http/routing/caller.ts';
import { Nothing, route, type AnyRoute } from '../http/routing/route.ts';
import { AppError } from '../platform/app-error.ts';
import { REFUSE } from '../consents/index.ts';
import type { ConnectedAppRoutesDeps } from './connected-app-routes.ts';
import {
  ConnectedAppSummaryView,
  ConnectedAppView,
  ConnectedItemParams,
  ItemChange,
  presentApp,
  PreviewView,
} from './connected-app-schema.ts';

const PATH = '/api/v1/account/apps';
const READ = { tag: 'Connected apps', access: 'person', scope: 'account:read' } as const;
const WRITE = { tag: 'Connected apps', access: 'person', scope: 'account:write' } as const;

/** The API by which a person reads, changes and ends the access of apps. It names claims; the values are in the profile. */
export function connectedAppApiRoutes(deps: ConnectedAppRoutesDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), previewRoute(deps), ...changingRoutes(deps)];
}

function readingRoutes(deps: ConnectedAppRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...READ,
      method: 'get',
      path: PATH,
      operationId: 'listConnectedApps',
      summary: 'List the apps this account has connected, newest first',
      response: Type.Object({ apps: Type.Array(ConnectedAppSummaryView) }),
      handle: async ({ caller }) => ({
        apps: await deps.connectedApps.list(caller.accountId),
      }),
    }),
    route({
      ...READ,
      method: 'get',
      path: `${PATH}/{clientId}`,
      operationId: 'readConnectedApp',
      summary: 'Read the access of one app, claim by claim',
      params: ClientParams,
      response: ConnectedAppView,
      errorCodes: { 404: ['consent_not_found'] },
      handle: async ({ caller, params, request }) =>
        presentApp(await deps.connectedApps.read(inputOf(caller, params.clientId, request.locale))),
    }),
  ];
}

function previewRoute(deps: ConnectedAppRoutesDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: `${PATH}/{clientId}/preview`,
    operationId: 'previewConnectedApp',
    summary: 'Read the exact answers that an app would get now',
    description: 'A read with an access token is itself a release to the app that holds the token.',
    params: ClientParams,
    response: PreviewView,
    errorCodes: { 404: ['consent_not_found'], 503: ['ledger_unavailable'] },
    handle: async ({ caller, params, request }) => {
      const app = await deps.connectedApps.read(inputOf(caller, params.clientId, request.locale));
      const { accountId } = caller;
      const answers = await deps.previewAnswers({ accountId, clientId: app.clientId });
      const { sub: _sub, ...claims } = answers.userinfo ?? {};
      if (caller.via === 'token') {
        const { sub: _own, aud: _aud, iss: _iss, ...inIdToken } = answers.idToken ?? {};
        const names = [...Object.keys(claims), ...Object.keys(inIdToken)];
        await deps.claims.recordTokenRead({ caller, claims: names });
      }
      return { claims, ...answers };
    },
  });
}

function changingRoutes(deps: ConnectedAppRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'patch',
      path: `${PATH}/{clientId}/items/{claim}`,
      operationId: 'changeConnectedItem',
      summary: 'Share another value, share for another time, or do not share a claim',
      description:
        'With an access token a claim can only be refused: an app cannot give itself or another app more access.',
      params: ConnectedItemParams,
      body: ItemChange,
      response: ConnectedAppView,
      errorCodes: {
        400: ['attribute_not_found', 'attribute_not_verified', 'duration_too_long'],
        403: ['sharing_needs_session'],
        404: ['consent_not_found', 'claim_not_requested'],
        409: ['essential_needs_end'],
      },
      handle: async ({ caller, params, body, request }) => {
        const { clientId, claim } = params;
        const { accountId } = caller;
        if (caller.via === 'token' && body.attributeId !== null) {
          throw new AppError('forbidden', 'sharing_needs_session');
        }
        await deps.consents.changeItem({
          accountId,
          clientId,
          claim,
          choice: body.attributeId ?? REFUSE,
          ...(body.duration === undefined ? {} : { duration: body.duration }),
          locale: request.locale,
        });
        return presentApp(await deps.connectedApps.read(inputOf(caller, clientId, request.locale)));
      },
    }),
    route({
      ...WRITE,
      method: 'post',
      path: `${PATH}/{clientId}/resume`,
      operationId: 'resumeConnectedApp',
      summary: 'Resume an app that was paused because it read nothing for a long time',
      description:
        'Does nothing when it was not paused. Access tokens are refused: an app cannot give itself or another app more access.',
      params: ClientParams,
      response: Nothing,
      errorCodes: { 403: ['sharing_needs_session'], 404: ['consent_not_found'] },
      handle: async ({ caller, params, request }) => {
        if (caller.via === 'token') throw new AppError('forbidden', 'sharing_needs_session');
        await deps.consents.resume({
          accountId: caller.accountId,
          clientId: params.clientId,
          locale: request.locale,
        });
      },
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: `${PATH}/{clientId}`,
      operationId: 'endConnectedApp',
      summary: 'End the access of an app',
      description:
        'Takes effect at once, at every endpoint. Does nothing when the app is not connected.',
      params: ClientParams,
      response: Nothing,
      handle: async ({ caller, params }) => {
        await deps.consents.withdraw({ accountId: caller.accountId, clientId: params.clientId });
      },
    }),
  ];
}

function inputOf({ accountId }: PersonCaller, clientId: string, locale: string) {
  return { accountId, clientId, locale };
}
