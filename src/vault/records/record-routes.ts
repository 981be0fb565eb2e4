import { Type } from 'typebox';

import type { PersonCaller } from '../../http/routing/caller.ts';
import { type AnyRoute, Nothing, route } from '../../http/routing/route.ts';
import { AppError } from '../../platform/app-error.ts';
import { RECORDS_PREFIX } from '../../scopes/index.ts';
import type { TokenReadRecorder } from '../attributes/attribute-routes.ts';
import type { Vault } from '../index.ts';
import {
  expectedOf,
  jsonOf,
  NamespaceParams,
  orPreconditionFailed,
  readRecordPage,
  RecordBody,
  RecordPage,
  RecordPageQuery,
  RecordParams,
  RecordView,
  withEtag,
} from './record-schema.ts';

interface RecordRoutesDeps extends TokenReadRecorder {
  readonly vault: Vault;
}

const PATH = '/api/v1/account/records/{namespace}/{key}';
const READ = { tag: 'Account', access: 'person', scope: 'account:read' } as const;
const WRITE = { tag: 'Account', access: 'person', scope: 'account:write' } as const;

/** The records that apps store with a person, for that person, who can see, change and delete all. */
export function accountRecordRoutes(deps: RecordRoutesDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), ...changingRoutes(deps)];
}

function readingRoutes(deps: RecordRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...READ,
      method: 'get',
      path: '/api/v1/account/records',
      operationId: 'countAccountRecords',
      summary: 'Count the records that apps store with you, by namespace',
      response: Type.Array(Type.Object({ namespace: Type.String(), count: Type.Integer() })),
      handle: ({ caller }) => deps.vault.records.count(caller.accountId),
    }),
    route({
      ...READ,
      method: 'get',
      path: '/api/v1/account/records/{namespace}',
      operationId: 'listAccountRecords',
      summary: 'List the records in one namespace',
      params: NamespaceParams,
      query: RecordPageQuery,
      response: RecordPage,
      errorCodes: { 503: ['ledger_unavailable'] },
      handle: async ({ caller, params, query }) => {
        const { accountId } = caller;
        const { namespace } = params;
        const { after } = query;
        const page = await readRecordPage(query.limit, (limit) =>
          deps.vault.records.list({ accountId, namespace, after, limit }),
        );
        if (page.records.length > 0) await recordRead(deps, caller, namespace);
        return page;
      },
    }),
    route({
      ...READ,
      method: 'get',
      path: PATH,
      operationId: 'readAccountRecord',
      summary: 'Read one record',
      params: RecordParams,
      response: RecordView,
      errorCodes: { 404: ['record_not_found'], 503: ['ledger_unavailable'] },
      handle: async ({ caller, params, ctx }) => {
        const found = await deps.vault.records.find({ accountId: caller.accountId, ...params });
        if (found === null) throw new AppError('not_found', 'record_not_found');
        await recordRead(deps, caller, params.namespace);
        return withEtag(ctx, found);
      },
    }),
  ];
}

function changingRoutes(deps: RecordRoutesDeps): readonly AnyRoute[] {
  return [
    route({
      ...WRITE,
      method: 'put',
      path: PATH,
      operationId: 'changeAccountRecord',
      summary: 'Change one record',
      description:
        'Only existing records can be changed, because only the app knows the format of new ones. With `If-Match` no change of the app is lost.',
      params: RecordParams,
      body: RecordBody,
      response: RecordView,
      errorCodes: {
        400: ['precondition_invalid', 'record_invalid'],
        404: ['record_not_found'],
        409: ['too_many_records'],
        412: ['record_changed'],
      },
      limit: { points: 60, perSeconds: 60 },
      handle: async ({ caller, params, body, ctx }) => {
        const ref = { accountId: caller.accountId, ...params };
        const expected = expectedOf(ctx);
        if ((await deps.vault.records.find(ref)) === null)
          throw new AppError('not_found', 'record_not_found');
        const change = { ...ref, value: jsonOf(body.value), expected, changedBy: null };
        return withEtag(ctx, await orPreconditionFailed(deps.vault.records.put(change)));
      },
    }),
    route({
      ...WRITE,
      method: 'delete',
      path: PATH,
      operationId: 'removeAccountRecord',
      summary: 'Delete one record',
      params: RecordParams,
      response: Nothing,
      errorCodes: {
        400: ['precondition_invalid'],
        404: ['record_not_found'],
        412: ['record_changed'],
      },
      handle: ({ caller, params, ctx }) =>
        orPreconditionFailed(
          deps.vault.records.remove({
            accountId: caller.accountId,
            ...params,
            expected: expectedOf(ctx),
          }),
        ),
    }),
  ];
}

/** A token belongs to an app: its reads are recorded before they are answered. */
async function recordRead(
  { recordTokenRead }: RecordRoutesDeps,
  caller: PersonCaller,
  namespace: string,
): Promise<void> {
  if (caller.via !== 'token') return;
  await recordTokenRead({ caller, claims: [`${RECORDS_PREFIX}${namespace}`] });
}
