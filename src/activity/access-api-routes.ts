import { Type } from 'typebox';

import { PageLimit, readListPage } from '../http/routing/list-page.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { Bytes, route, type AnyRoute } from '../http/routing/route.ts';
import { MomentInput, MomentOutput } from '../http/routing/time-inputs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Activity } from './index.ts';

export interface AccessApiDeps {
  readonly activity: Activity;
  readonly clock: Clock;
}

const READ = { tag: 'History', access: 'person', scope: 'account:read' } as const;

const AccessEventView = Type.Object(
  {
    id: Type.String(),
    kind: Type.String({ description: 'For example `sign_in.succeeded` or `password.changed`.' }),
    occurredAt: MomentOutput,
    ip: Nullable(Type.String()),
    browser: Nullable(Type.String()),
    system: Nullable(Type.String()),
    amr: Type.Array(Type.String(), { description: 'Methods of a sign-in (RFC 8176).' }),
  },
  { title: 'AccessEvent' },
);

const times = { from: Type.Optional(MomentInput), until: Type.Optional(MomentInput) };

/** The API with a person's sign-ins, failures, sessions and changes of how they sign in. */
export function accessApiRoutes(deps: AccessApiDeps): readonly AnyRoute[] {
  return [listRoute(deps), exportRoute(deps)];
}

function listRoute({ activity }: AccessApiDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: '/api/v1/account/access-events',
    operationId: 'listAccessEvents',
    summary: 'List your sign-ins and security events, newest first',
    query: Type.Object({
      ...times,
      before: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
      limit: PageLimit,
    }),
    response: Type.Object({ events: Type.Array(AccessEventView), next: Nullable(Type.String()) }),
    handle: async ({ caller: { accountId }, query: { limit: wanted, before, from, until } }) => {
      const { page, next } = await readListPage(
        wanted,
        (limit) =>
          activity.listAccess({
            accountId,
            before,
            from: dateOf(from),
            until: dateOf(until),
            limit,
          }),
        ({ id }) => id,
      );
      return { events: page.map((event) => ({ ...event, amr: [...event.amr] })), next };
    },
  });
}

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const;

function exportRoute({ activity, clock }: AccessApiDeps): AnyRoute {
  return route({
    ...READ,
    method: 'get',
    path: '/api/v1/account/access-events/export',
    operationId: 'exportAccessEvents',
    summary: 'Download your sign-ins and security events as CSV or JSON',
    query: Type.Object({
      ...times,
      format: Type.Optional(Type.Enum(['csv', 'json'], { default: 'json' })),
    }),
    produces: ['text/csv', 'application/json'],
    producesJson: Type.Object({
      exportedAt: MomentOutput,
      events: Type.Array(AccessEventView),
    }),
    response: Bytes,
    limit: { points: 20, perSeconds: 600 },
    handle: async ({ caller: { accountId }, query: { format = 'json', from, until } }) => {
      const filter = { accountId, from: dateOf(from), until: dateOf(until) };
      return {
        contentType: CONTENT_TYPES[format],
        fileName: `sign-ins-${clock.now().toISOString().slice(0, 10)}.${format}`,
        body: await activity.exportAccess({ filter, format }),
      };
    },
  });
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
