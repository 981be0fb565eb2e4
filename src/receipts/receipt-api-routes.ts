import { Type } from 'typebox';

import { PageLimit, readListPage } from '../http/routing/list-page.ts';
import { Nullable } from '../http/routing/nullable.ts';
import { route, type AnyRoute } from '../http/routing/route.ts';
import type { Receipts } from './index.ts';
import {
  presentReceipt,
  presentReceiptSummary,
  ReceiptSummaryView,
  ReceiptView,
  VerdictView,
} from './receipt-schema.ts';

const TAG = 'Receipts';
const PATH = '/api/v1/account/receipts';
const READ = { tag: TAG, access: 'person', scope: 'account:read' } as const;
/** Characters of a signed receipt; below the limit of a body. */
const LONGEST = 50_000;

const ReceiptParams = Type.Object({ receiptId: Type.String({ format: 'uuid' }) });

interface ReceiptApiDeps {
  readonly receipts: Receipts;
}

/** The API by which a person reads receipts, and by which every holder of a receipt checks it. */
export function receiptApiRoutes({ receipts }: ReceiptApiDeps): readonly AnyRoute[] {
  return [...readingRoutes(receipts), verifyingRoute(receipts)];
}

function readingRoutes(receipts: Receipts): readonly AnyRoute[] {
  return [
    route({
      ...READ,
      method: 'get',
      path: PATH,
      operationId: 'listReceipts',
      summary: 'List the receipts of your decisions, newest first',
      description:
        'One for each decision, change, expiry, pause and end, each as a signed document to keep.',
      query: Type.Object({
        clientId: Type.Optional(Type.String({ maxLength: 200 })),
        before: Type.Optional(
          Type.String({ pattern: '^\\d{1,18}$', description: 'The `next` of the previous page.' }),
        ),
        limit: PageLimit,
      }),
      response: Type.Object({
        receipts: Type.Array(ReceiptSummaryView),
        next: Nullable(Type.String()),
      }),
      handle: async ({ caller: { accountId }, query: { limit: wanted, ...query } }) => {
        const { page, next } = await readListPage(
          wanted,
          (limit) => receipts.list({ accountId, ...query, limit }),
          ({ eventId }) => eventId,
        );
        return { receipts: page.map(presentReceiptSummary), next };
      },
    }),
    route({
      ...READ,
      method: 'get',
      path: `${PATH}/{receiptId}`,
      operationId: 'readReceipt',
      summary: 'Read one receipt, with the text you saw before you decided',
      params: ReceiptParams,
      response: ReceiptView,
      errorCodes: { 404: ['receipt_not_found'] },
      handle: async ({ caller, params }) =>
        presentReceipt(
          await receipts.read({ accountId: caller.accountId, receiptId: params.receiptId }),
        ),
    }),
  ];
}

function verifyingRoute(receipts: Receipts): AnyRoute {
  return route({
    method: 'post',
    path: '/api/v1/receipts/verify',
    operationId: 'verifyReceipt',
    tag: TAG,
    summary: 'Check a receipt',
    description:
      'For every holder of a receipt. Returns whether this server signed it, with which key, and whether it is the latest receipt. Signatures of retired keys are accepted. Receipts are too long and too personal for an address, so there is no GET.',
    access: 'public',
    body: Type.Object({ jws: Type.String({ minLength: 1, maxLength: LONGEST }) }),
    response: VerdictView,
    limit: { points: 60, perSeconds: 60 },
    handle: ({ body }) => receipts.verify(body.jws),
  });
}
