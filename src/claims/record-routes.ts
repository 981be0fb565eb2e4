import { AppError } from '../platform/app-error.ts';
import type { AppCaller, PersonCaller } from '../http/routing/caller.ts';
import { type AnyRoute, Nothing, route } from '../http/routing/route.ts';
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
} from '../vault/http.ts';
import type { AppRecords } from './app-records.ts';
import type { TokenReader } from './record-token-read.ts';
import type { Claims } from './index.ts';

const OPERATION = { tag: 'Records', access: 'person_or_app', scope: 'openid' } as const;
const PATH = '/api/v1/records/{namespace}/{key}';
const ALLOWED =
  'Needs a token that carries a permission for this namespace, and a consent that allows it now.';

/** The API with which apps store records with people. */
export function recordRoutes({
  claims: { records },
}: {
  readonly claims: Pick<Claims, 'records'>;
}): readonly AnyRoute[] {
  return [...reading(records), ...changing(records)];
}

function reading(records: AppRecords): readonly AnyRoute[] {
  return [
    route({
      ...OPERATION,
      method: 'get',
      path: '/api/v1/records/{namespace}',
      operationId: 'listRecords',
      summary: 'List the records that your app stores with this person',
      description: `${ALLOWED} The person sees this read in the history.`,
      params: NamespaceParams,
      query: RecordPageQuery,
      response: RecordPage,
      errorCodes: { 403: ['namespace_not_allowed'], 503: ['ledger_unavailable'] },
      handle: async ({ caller, params, query }) => {
        const app = requireApp(caller);
        const { after } = query;
        return readRecordPage(query.limit, (limit) =>
          records.list({ caller: app, ...params, after, limit }),
        );
      },
    }),
    route({
      ...OPERATION,
      method: 'get',
      path: PATH,
      operationId: 'readRecord',
      summary: 'Read one record',
      description: `${ALLOWED} The person sees this read in the history. The ETag is the version.`,
      params: RecordParams,
      response: RecordView,
      errorCodes: {
        403: ['namespace_not_allowed'],
        404: ['record_not_found'],
        503: ['ledger_unavailable'],
      },
      handle: async ({ caller, params, ctx }) =>
        withEtag(ctx, await records.read({ caller: requireApp(caller), ...params })),
    }),
  ];
}

function changing(records: AppRecords): readonly AnyRoute[] {
  return [
    route({
      ...OPERATION,
      method: 'put',
      path: PATH,
      operationId: 'writeRecord',
      summary: 'Write one record',
      description: `${ALLOWED} With \`If-Match: "version"\` only that version is replaced, with \`If-None-Match: *\` only a new record is created; otherwise the answer is 412.`,
      params: RecordParams,
      body: RecordBody,
      response: RecordView,
      errorCodes: {
        400: ['precondition_invalid', 'record_invalid'],
        403: ['namespace_not_allowed'],
        409: ['too_many_records'],
        412: ['record_changed'],
      },
      limit: { points: 300, perSeconds: 60 },
      handle: async ({ caller, params, body, ctx }) => {
        const value = jsonOf(body.value);
        const expected = expectedOf(ctx);
        const change = { caller: requireApp(caller), ...params, value, expected };
        return withEtag(ctx, await orPreconditionFailed(records.put(change)));
      },
    }),
    route({
      ...OPERATION,
      method: 'delete',
      path: PATH,
      operationId: 'removeRecord',
      summary: 'Delete one record',
      description: `${ALLOWED} \`If-Match\` as for writing.`,
      params: RecordParams,
      response: Nothing,
      errorCodes: {
        403: ['namespace_not_allowed'],
        404: ['record_not_found'],
        412: ['record_changed'],
      },
      limit: { points: 300, perSeconds: 60 },
      handle: ({ caller, params, ctx }) =>
        orPreconditionFailed(
          records.remove({ caller: requireApp(caller), ...params, expected: expectedOf(ctx) }),
        ),
    }),
  ];
}

/** People use the account API instead. */
function requireApp(caller: AppCaller | PersonCaller): TokenReader {
  if (caller.kind === 'app') return caller;
  throw new AppError('forbidden', 'namespace_not_allowed');
}
