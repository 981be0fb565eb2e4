import { Type } from 'typebox';

import { Bytes, route, type AnyRoute } from '../http/routing/route.ts';
import type { Ledger, ReleaseFilter } from '../ledger/index.ts';
import {
  presentRelease,
  readCursor,
  ReleaseFilterView,
  ReleaseQueryView,
  ReleaseView,
  writeCursor,
} from '../consents/consent-schema.ts';
import { exportReleases, type ExportReleasesDeps } from './export-releases.ts';
import { readsPerDay, summariseReads, type SummariseReadsDeps } from './summarise-reads.ts';

export interface ReleaseApiDeps extends ExportReleasesDeps, SummariseReadsDeps {
  readonly ledger: Ledger;
}

const TAG = 'History';
const READ = 'account:read';
const DEFAULT_LIMIT = 50;

/** The API with the reads of a person's values by apps: each read, counted, or as a file. */
export function releaseApiRoutes(deps: ReleaseApiDeps): readonly AnyRoute[] {
  return [listRoute(deps), summaryRoute(deps), exportRoute(deps)];
}

function listRoute({ ledger }: ReleaseApiDeps): AnyRoute {
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
    errorCodes: { 400: ['cursor_invalid'] },
    handle: async ({ caller, query }) => {
      const limit = query.limit ?? DEFAULT_LIMIT;
      const releases = await ledger.list({
        ...filterOf(caller.accountId, query),
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

const Moment = Type.String({ format: 'date-time' });
const reads = { reads: Type.Integer({ minimum: 1 }), lastAt: Moment };

function summaryRoute(deps: ReleaseApiDeps): AnyRoute {
  return route({
    method: 'get',
    path: '/api/v1/account/releases/summary',
    operationId: 'summariseReleases',
    tag: TAG,
    summary: 'Count what apps were handed, by app, by value and by day',
    description:
      'Of the last year unless `from` says otherwise. Days are the last 30, or the last 92 of the time that was asked for (UTC).',
    access: 'person',
    scope: READ,
    query: ReleaseFilterView,
    response: Type.Object({
      from: Moment,
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
        summariseReads(deps, filter),
        readsPerDay(deps, filter),
      ]);
      return {
        from: summary.from.toISOString(),
        apps: summary.apps.map((app) => ({
          ...app,
          claims: [...app.claims],
          lastAt: app.lastAt.toISOString(),
        })),
        claims: summary.claims.map((claim) => ({
          ...claim,
          clientIds: [...claim.clientIds],
          lastAt: claim.lastAt.toISOString(),
        })),
        days,
      };
    },
  });
}

const ExportedReleases = Type.Object({
  exportedAt: Type.String({ format: 'date-time' }),
  releases: Type.Array(
    Type.Object({
      ...ReleaseView.properties,
      app: Type.String({ description: 'The name of the app; its id when it is gone.' }),
    }),
  ),
});

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const;

function exportRoute(deps: ReleaseApiDeps): AnyRoute {
  return route({
    method: 'get',
    path: '/api/v1/account/releases/export',
    operationId: 'exportReleases',
    tag: TAG,
    summary: 'Download what apps were handed, newest first',
    description:
      'One line per reading, with the names of what went out, never the values. In CSV (RFC 4180) a cell that a spreadsheet would take for a formula begins with an apostrophe.',
    access: 'person',
    scope: READ,
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
        fileName: `reads-${deps.clock.now().toISOString().slice(0, 10)}.${format}`,
        body: await exportReleases(deps, { filter: filterOf(caller.accountId, query), format }),
      };
    },
  });
}

type FilterQuery = Partial<
  Record<'clientId' | 'claim' | 'from' | 'until', string> & Pick<ReleaseFilter, 'channel'>
>;

function filterOf(accountId: string, query: FilterQuery): ReleaseFilter {
  return {
    accountId,
    ...(query.clientId === undefined ? {} : { clientId: query.clientId }),
    ...(query.claim === undefined ? {} : { claim: query.claim }),
    ...(query.channel === undefined ? {} : { channel: query.channel }),
    ...(query.from === undefined ? {} : { from: new Date(query.from) }),
    ...(query.until === undefined ? {} : { until: new Date(query.until) }),
  };
}
