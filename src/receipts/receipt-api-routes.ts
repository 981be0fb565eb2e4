import { Type } from 'typebox';

import { route, type AnyRoute } from '../http/routing/route.ts';
import { listReceipts, readReceipt } from './list-receipts.ts';
import {
  presentReceipt,
  presentReceiptSummary,
  ReceiptSummaryView,
  ReceiptView,
  VerdictView,
} from './receipt-schema.ts';
import type { ReceiptDeps } from './sign-receipts.ts';
import { verifyReceipt } from './verify-receipt.ts';

const TAG = 'Receipts';
const PATH = '/api/v1/account/receipts';
const READ = 'account:read';
const DEFAULT_LIMIT = 50;
// Below the limit of a body.
const LONGEST = 50_000;

const ReceiptParams = Type.Object({ receiptId: Type.String({ format: 'uuid' }) });

/** The API by which a person gets receipts, and every holder of a receipt checks it. */
export function receiptApiRoutes(deps: ReceiptDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), ...verifyingRoutes(deps)];
}

function readingRoutes(deps: ReceiptDeps): readonly AnyRoute[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operationId: 'listReceipts',
      tag: TAG,
      summary: 'List the receipts of your decisions, newest first',
      description:
        'One for each decision, change, expiry, pause and end, each as a signed document to keep.',
      access: 'person',
      scope: READ,
      query: Type.Object({
        clientId: Type.Optional(Type.String({ maxLength: 200 })),
        before: Type.Optional(
          Type.String({ pattern: '^\\d{1,18}$', description: 'The `next` of the page before.' }),
        ),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
      }),
      response: Type.Object({
        receipts: Type.Array(ReceiptSummaryView),
        next: Type.Union([Type.String(), Type.Null()]),
      }),
      handle: async ({ caller: { accountId }, query }) => {
        const { clientId, before } = query;
        const limit = query.limit ?? DEFAULT_LIMIT;
        const found = await listReceipts(deps, { accountId, clientId, before, limit: limit + 1 });
        const shown = found.slice(0, limit);
        return {
          receipts: shown.map(presentReceiptSummary),
          next: found.length > limit ? (shown.at(-1)?.eventId ?? null) : null,
        };
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/{receiptId}`,
      operationId: 'readReceipt',
      tag: TAG,
      summary: 'Read one receipt, with the text you saw before you decided',
      access: 'person',
      scope: READ,
      params: ReceiptParams,
      response: ReceiptView,
      errorCodes: { 404: ['receipt_not_found'] },
      handle: async ({ caller, params }) =>
        presentReceipt(
          await readReceipt(deps, { accountId: caller.accountId, receiptId: params.receiptId }),
        ),
    }),
  ];
}

function verifyingRoutes(deps: ReceiptDeps): readonly AnyRoute[] {
  const path = '/api/v1/receipts/verify';
  const limit = { points: 60, perSeconds: 60 };
  const description =
    'Anybody who holds a receipt may ask. Says whether this server signed it, with which key, and whether anything has happened since. Keys that were retired still count. Receipts are too long and too personal for an address, so there is no GET.';
  return [
    route({
      method: 'post',
      path,
      operationId: 'verifyReceipt',
      tag: TAG,
      summary: 'Check a receipt',
      description,
      access: 'public',
      body: Type.Object({ jws: Type.String({ minLength: 1, maxLength: LONGEST }) }),
      response: VerdictView,
      limit,
      handle: ({ body }) => verifyReceipt(deps, body.jws),
    }),
  ];
}
