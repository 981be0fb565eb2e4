import { Type } from 'typebox';

import { readListPage } from '../http/routing/list-page.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { Bytes, route, type AnyRoute } from '../http/routing/route.ts';
import { MomentOutput } from '../http/routing/time-inputs.ts';
import type { Ledger, ReleaseFilter } from '../ledger/index.ts';
import type { Clock } from '../platform/clock.ts';
import {
  readCursor,
  ReleaseFilterView,
  ReleaseQueryView,
  ReleaseView,
  writeCursor,
} from './activity-schema.ts';
import type { Activity } from './index.ts';

export interface ReleaseApiDeps {
  readonly activity: Activity;
  readonly ledger: Pick<Ledger, 'list'>;
  readonly clock: Clock;
}

const READ = { tag: 'History', access: 'person', scope: 'account:read' } as const;

/** The API with the reads of a person's values by apps: each read, counted, or as a file. */
export function releaseApiRoutes(deps: ReleaseApiDeps): readonly AnyRoute[] {
  return [listRoute(deps), summaryRoute(deps), exportRoute(deps)];
}

function listRoute({ ledger }: ReleaseApiDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: '/api/v1/account/releases',
    operationId: 'listReleases',
    summary: 'List the releases to apps, newest first',
    query: ReleaseQueryView,
    response: Type.Object({
      releases: Type.Array(ReleaseView),
      next: Nullable(Type.String()),
    }),
    errorCodes: { 400: ['cursor_invalid'] },
    handle: async ({ caller, query }) => {
      const filter = filterOf(caller.accountId, query);
      const before = query.before === undefined ? undefined : readCursor(query.before);
      const { page: releases, next } = await readListPage(
        query.limit,
        (limit) => ledger.list({ ...filter, before, limit }),
        writeCursor,
      );
      return { releases, next };
    },
  });
}

const reads = { reads: Type.Integer({ minimum: 1 }), lastAt: MomentOutput };

function summaryRoute({ activity }: ReleaseApiDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: '/api/v1/account/releases/summary',
    operationId: 'summariseReleases',
    summary: 'Count the releases to apps, by app, by claim and by day',
    description:
      'Of the last year, or since `from`. Days (UTC) are the last 30, or the last 92 of the requested time.',
    query: ReleaseFilterView,
    response: Type.Object({
      from: MomentOutput,
      apps: Type.Array(
        Type.Object({ clientId: Type.String(), ...reads, claims: Type.Array(Type.String()) }),
      ),
      claims: Type.Array(
        Type.Object({ claim: Type.String(), ...reads, clientIds: Type.Array(Type.String()) }),
      ),
      days: Type.Array(
        Type.Object({
          day: Type.String({ format: 'date' }),
          reads: Type.Integer({ minimum: 0 }),
        }),
      ),
    }),
    handle: async ({ caller, query }) => {
      const filter = filterOf(caller.accountId, query);
      const [summary, days] = await Promise.all([
        activity.summariseReads(filter),
        activity.readsPerDay(filter),
      ]);
      return { ...summary, days };
    },
  });
}

const ExportedReleases = Type.Object({
  exportedAt: MomentOutput,
  releases: Type.Array(
    Type.Object({
      ...ReleaseView.properties,
      app: Type.String({
        description: 'The name of the app; its id when the app no longer exists.',
      }),
    }),
  ),
});

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const;

function exportRoute({ activity, clock }: ReleaseApiDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: '/api/v1/account/releases/export',
    operationId: 'exportReleases',
    summary: 'Download the releases to apps, newest first',
    description:
      'One line per release, with the names of the released claims, never the values. In CSV (RFC 4180) a cell that a spreadsheet would run as a formula begins with an apostrophe.',
    query: Type.Object({
      ...ReleaseFilterView.properties,
      format: Type.Optional(Type.Enum(['csv', 'json'], { default: 'json' })),
    }),
    produces: ['text/csv', 'application/json'],
    producesJson: ExportedReleases,
    response: Bytes,
    errorCodes: { 503: ['ledger_unavailable'] },
    limit: { points: 20, perSeconds: 600 },
    handle: async ({ caller, query }) => {
      const format = query.format ?? 'json';
      return {
        contentType: CONTENT_TYPES[format],
        fileName: `reads-${clock.now().toISOString().slice(0, 10)}.${format}`,
        body: await activity.exportReleases({ filter: filterOf(caller.accountId, query), format }),
      };
    },
  });
}

type FilterQuery = Partial<
  Record<'clientId' | 'claim' | 'from' | 'until', string> & Pick<ReleaseFilter, 'channel'>
>;

function filterOf(accountId: string, query: FilterQuery): ReleaseFilter {
  const { clientId, claim, channel, from, until } = query;
  return {
    accountId,
    clientId,
    claim,
    channel,
    from: from === undefined ? undefined : new Date(from),
    until: until === undefined ? undefined : new Date(until),
  };
}
