import { Readable } from 'node:stream';

import { Type } from 'typebox';

import { logoHref, type Clients } from '../clients/index.ts';
import { readListPage } from '../http/routing/list-page.ts';
import { download, pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Receipts } from './index.ts';
import {
  type AppLogos,
  presentReceiptPage,
  presentReceipts,
  receiptPage,
  receiptsPage,
} from './receipt-views.ts';

const PAGE_SIZE = 100;

const ReceiptParams = Type.Object({ receiptId: Type.String({ format: 'uuid' }) });

interface ReceiptRoutesDeps {
  readonly receipts: Receipts;
  readonly clients: Pick<Clients, 'find'>;
  readonly scopes: Pick<Scopes, 'claims'>;
}

/** The pages on which a person reads, prints and downloads receipts. */
export function receiptRoutes(deps: ReceiptRoutesDeps): readonly AnyRoute[] {
  return [...readingRoutes(deps), ...downloadRoutes(deps)];
}

function readingRoutes({ receipts, clients, scopes }: ReceiptRoutesDeps): readonly AnyRoute[] {
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
        const { page, next } = await readListPage(
          PAGE_SIZE,
          (limit) => receipts.list({ accountId, clientId, before, limit }),
          ({ eventId }) => eventId,
        );
        const logos = await findLogos(
          clients,
          page.map((receipt) => receipt.clientId),
        );
        return render(receiptsPage, presentReceipts({ receipts: page, clientId, logos, next }));
      },
    }),
    pageRoute({
      method: 'get',
      path: '/account/receipts/{receiptId}',
      access: 'person',
      params: ReceiptParams,
      handle: async ({ caller: { accountId }, params: { receiptId }, request: { locale } }) => {
        const full = await receipts.read({ accountId, receiptId });
        const [verdict, claims, logos] = await Promise.all([
          receipts.verify(full.jws),
          scopes.claims(),
          findLogos(clients, [full.clientId]),
        ]);
        return render(receiptPage, presentReceiptPage({ full, verdict, logos, claims, locale }));
      },
    }),
  ];
}

async function findLogos(
  clients: ReceiptRoutesDeps['clients'],
  clientIds: readonly string[],
): Promise<AppLogos> {
  const found = await Promise.all([...new Set(clientIds)].map((id) => clients.find(id)));
  return new Map(
    found.flatMap((client) => {
      const logo = client === null ? null : logoHref(client);
      return client === null || logo === null ? [] : [[client.id, logo]];
    }),
  );
}

function downloadRoutes({ receipts }: ReceiptRoutesDeps): readonly AnyRoute[] {
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
            body: Readable.from(receipts.exportAll(caller.accountId)),
          }),
        ),
    }),
    pageRoute({
      method: 'get',
      path: '/account/receipts/{receiptId}/download',
      access: 'person',
      params: ReceiptParams,
      handle: async ({ caller: { accountId }, params: { receiptId } }) => {
        const { jws } = await receipts.read({ accountId, receiptId });
        return download({
          fileName: `receipt-${receiptId}.jws`,
          contentType: 'application/jose',
          body: jws,
        });
      },
    }),
  ];
}
