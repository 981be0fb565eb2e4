import { Type } from 'typebox';

import { route, type AnyRoute } from '../http/route.ts';
import type { Ledger } from '../ledger/index.ts';
import {
  ConsentEventView,
  presentEvent,
  presentRelease,
  readCursor,
  ReleaseQueryView,
  ReleaseView,
  writeCursor,
} from './consent-schema.ts';
import type { Consents } from './index.ts';

export interface HistoryApiDeps {
  readonly consents: Pick<Consents, 'history'>;
  readonly ledger: Pick<Ledger, 'list'>;
}

const TAG = 'History';
const READ = 'account:read';
const DEFAULT_LIMIT = 50;

/** The API by which a person reads who read what, and what they decided. */
export function historyApiRoutes(deps: HistoryApiDeps): readonly AnyRoute[] {
  return [releasesRoute(deps), eventsRoute(deps)];
}

function releasesRoute({ ledger }: HistoryApiDeps): AnyRoute {
  return route({
    method: 'get',
    path: '/api/v1/account/releases',
    operationId: 'listReleases',
    tag: TAG,
    summary: 'List what apps were handed, newest first',
    access: 'person',
    scope: READ,
    query: ReleaseQueryView,
    response: Type.Object({
      releases: Type.Array(ReleaseView),
      next: Type.Union([Type.String(), Type.Null()]),
    }),
    errorCodes: ['cursor_invalid'],
    handle: async ({ caller, query }) => {
      const limit = query.limit ?? DEFAULT_LIMIT;
      const releases = await ledger.list({
        accountId: caller.accountId,
        ...(query.clientId === undefined ? {} : { clientId: query.clientId }),
        ...(query.claim === undefined ? {} : { claim: query.claim }),
        ...(query.from === undefined ? {} : { from: new Date(query.from) }),
        ...(query.until === undefined ? {} : { until: new Date(query.until) }),
        ...(query.before === undefined ? {} : { before: readCursor(query.before) }),
        limit: limit + 1,
      });
      const shown = releases.slice(0, limit);
      const last = shown.at(-1);
      const isMore = releases.length > limit && last !== undefined;
      return { releases: shown.map(presentRelease), next: isMore ? writeCursor(last) : null };
    },
  });
}

function eventsRoute({ consents }: HistoryApiDeps): AnyRoute {
  return route({
    method: 'get',
    path: '/api/v1/account/consent-events',
    operationId: 'listConsentEvents',
    tag: TAG,
    summary: 'List what you decided about apps, newest first',
    access: 'person',
    scope: READ,
    query: Type.Object({
      clientId: Type.Optional(Type.String({ maxLength: 200 })),
      before: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    }),
    response: Type.Object({
      events: Type.Array(ConsentEventView),
      next: Type.Union([Type.String(), Type.Null()]),
    }),
    handle: async ({ caller, query }) => {
      const limit = query.limit ?? DEFAULT_LIMIT;
      const events = await consents.history({
        accountId: caller.accountId,
        ...(query.clientId === undefined ? {} : { clientId: query.clientId }),
        ...(query.before === undefined ? {} : { before: query.before }),
        limit: limit + 1,
      });
      const shown = events.slice(0, limit);
      return {
        events: shown.map(presentEvent),
        next: events.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },
  });
}
