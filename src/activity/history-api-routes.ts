import { Type } from 'typebox';

import { route, type AnyRoute } from '../http/routing/route.ts';
import { ConsentEventView, presentEvent } from '../consents/consent-schema.ts';
import type { Consents } from '../consents/index.ts';
import { releaseApiRoutes, type ReleaseApiDeps } from './release-api-routes.ts';

export interface HistoryApiDeps extends ReleaseApiDeps {
  readonly consents: Pick<Consents, 'history'>;
}

const TAG = 'History';
const READ = 'account:read';
const DEFAULT_LIMIT = 50;

/** The API with a person's history: reads by apps and decisions. */
export function historyApiRoutes(deps: HistoryApiDeps): readonly AnyRoute[] {
  return [...releaseApiRoutes(deps), eventsRoute(deps)];
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
