import { Type } from 'typebox';

import { PageLimit, readListPage } from '../http/routing/list-page.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { route, type AnyRoute } from '../http/routing/route.ts';
import type { Consents } from '../consents/index.ts';
import { accessApiRoutes } from './access-api-routes.ts';
import { ConsentEventView, presentEvent } from './activity-schema.ts';
import { releaseApiRoutes, type ReleaseApiDeps } from './release-api-routes.ts';

interface HistoryApiDeps extends ReleaseApiDeps {
  readonly consents: Pick<Consents, 'history'>;
}

const TAG = 'History';
const READ = 'account:read';

/** The API with a person's history: reads by apps and decisions. */
export function historyApiRoutes(deps: HistoryApiDeps): readonly AnyRoute[] {
  return [...releaseApiRoutes(deps), ...accessApiRoutes(deps), eventsRoute(deps)];
}

function eventsRoute({ consents }: HistoryApiDeps): AnyRoute {
  return route({
    method: 'get',
    path: '/api/v1/account/consent-events',
    operationId: 'listConsentEvents',
    tag: TAG,
    summary: 'List your decisions about apps, newest first',
    access: 'person',
    scope: READ,
    query: Type.Object({
      clientId: Type.Optional(Type.String({ maxLength: 200 })),
      before: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
      limit: PageLimit,
    }),
    response: Type.Object({
      events: Type.Array(ConsentEventView),
      next: Nullable(Type.String()),
    }),
    handle: async ({ caller: { accountId }, query: { limit: wanted, ...query } }) => {
      const { page, next } = await readListPage(
        wanted,
        (limit) => consents.history({ accountId, ...query, limit }),
        ({ id }) => id,
      );
      return { events: page.map(presentEvent), next };
    },
  });
}
