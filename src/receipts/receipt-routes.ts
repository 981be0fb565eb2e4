import { Readable } from 'node:stream';

import { Type } from 'typebox';

import { download, pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import type { Vault } from '../vault/index.ts';
import { exportReceipts, listReceipts, readReceipt } from './list-receipts.ts';
import { presentReceiptPage, presentReceipts, receiptPage, receiptsPage } from './receipt-views.ts';
import type { ReceiptDeps } from './sign-receipts.ts';
import { verifyReceipt } from './verify-receipt.ts';

const SHOWN = 100;

const ReceiptParams = Type.Object({ receiptId: Type.String({ format: 'uuid' }) });

export interface ReceiptRoutesDeps extends ReceiptDeps {
  readonly vault: Pick<Vault, 'claims'>;
}

/** The pages on which a person reads, prints and keeps receipts. */
export function receiptRoutes(deps: ReceiptRoutesDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), ...downloadRoutes(deps)];
}

function readingRoutes(deps: ReceiptRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/account/receipts',
      access: 'person',
      query: Type.Object({
        app: Type.Optional(Type.String({ maxLength: 200 })),
        before: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
      }),
      handle: async ({ caller: { accountId }, query }) => {
        const { app: clientId, before } = query;
        const found = await listReceipts(deps, { accountId, clientId, before, limit: SHOWN + 1 });
        const receipts = found.slice(0, SHOWN);
        const next = found.length > SHOWN ? (receipts.at(-1)?.eventId ?? null) : null;
        return render(receiptsPage, presentReceipts({ receipts, clientId, next }));
      },
    }),
    pageRoute({
      method: 'get',
      path: '/account/receipts/{receiptId}',
      access: 'person',
      params: ReceiptParams,
      handle: async ({ caller: { accountId }, params: { receiptId }, request: { locale } }) => {
        const full = await readReceipt(deps, { accountId, receiptId });
        const [verdict, claims] = await Promise.all([
          verifyReceipt(deps, full.jws),
          deps.vault.claims(),
        ]);
        return render(receiptPage, presentReceiptPage({ full, verdict, claims, locale }));
      },
    }),
  ];
}

function downloadRoutes(deps: ReceiptDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/account/receipts.ndjson',
      access: 'person',
      limit: { points: 10, perSeconds: 60 },
      handle: ({ caller }) =>
        Promise.resolve(
          download({
            fileName: 'receipts.ndjson',
            contentType: 'application/x-ndjson',
            body: Readable.from(exportReceipts(deps, caller.accountId)),
          }),
        ),
    }),
    pageRoute({
      method: 'get',
      path: '/account/receipts/{receiptId}/download',
      access: 'person',
      params: ReceiptParams,
      handle: async ({ caller: { accountId }, params: { receiptId } }) => {
        const { jws } = await readReceipt(deps, { accountId, receiptId });
        return download({
          fileName: `receipt-${receiptId}.jws`,
          contentType: 'application/jose',
          body: jws,
        });
      },
    }),
  ];
}
