import { Type } from 'typebox';

import type { Audit } from '../audit/index.ts';
import { pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { CHANNELS, type Channel } from '../ledger/index.ts';
import type { ConnectedAppDeps } from '../connected-apps/connected-app.ts';
import { readHistory, type HistoryFilter } from './history.ts';
import { historyPage, presentHistory } from './history-views.ts';
import {
  presentReadsByApp,
  presentReadsByValue,
  readsByAppPage,
  readsByValuePage,
} from './reads-views.ts';
import { readsPerDay, summariseReads, type SummariseReadsDeps } from './summarise-reads.ts';
import { DayInput, MomentInput } from '../http/routing/time-inputs.ts';

export interface HistoryRoutesDeps extends ConnectedAppDeps {
  readonly ledger: ConnectedAppDeps['ledger'] & SummariseReadsDeps['ledger'];
  readonly audit: Pick<Audit, 'list'>;
}

const HistoryQuery = Type.Object({
  app: Type.Optional(Type.String({ maxLength: 200 })),
  claim: Type.Optional(Type.String({ maxLength: 100 })),
  channel: Type.Optional(Type.Enum([...CHANNELS])),
  from: Type.Optional(DayInput),
  to: Type.Optional(DayInput),
  before: Type.Optional(MomentInput),
});

/** The page with a person's history: reads by apps and other events. */
export function historyRoutes(deps: HistoryRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/account/history',
      access: 'person',
      query: HistoryQuery,
      handle: async ({ caller, query, request }) => {
        const { accountId } = caller;
        const selected = {
          app: query.app ?? '',
          claim: query.claim ?? '',
          channel: query.channel ?? '',
          from: query.from ?? '',
          to: query.to ?? '',
        };
        const filter = filterOf(query);
        const { before: _page, ...chosen } = query;
        const [page, days] = await Promise.all([
          readHistory(deps, accountId, filter),
          readsPerDay(deps, { accountId, ...filterOf(chosen) }),
        ]);
        const shown = page.entries.flatMap((entry) =>
          entry.type === 'reads' ? [entry.clientId] : [entry.event.clientId],
        );
        return render(
          historyPage,
          presentHistory({
            page,
            appNames: await namesOfApps(deps, accountId, [selected.app, ...shown]),
            claims: await deps.vault.claims(),
            selected,
            days,
            locale: request.locale,
          }),
        );
      },
    }),
    ...summaryRoutes(deps),
  ];
}

function summaryRoutes(deps: HistoryRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/account/history/apps',
      access: 'person',
      handle: async ({ caller: { accountId }, request: { locale } }) => {
        const [{ apps, from }, claims] = await Promise.all([
          summariseReads(deps, { accountId }),
          deps.vault.claims(),
        ]);
        const appNames = await namesOfApps(deps, accountId, clientIdsOf(apps));
        return render(readsByAppPage, presentReadsByApp({ apps, from, claims, appNames, locale }));
      },
    }),
    pageRoute({
      method: 'get',
      path: '/account/history/values',
      access: 'person',
      handle: async ({ caller: { accountId }, request: { locale } }) => {
        const [{ apps, claims: values, from }, claims] = await Promise.all([
          summariseReads(deps, { accountId }),
          deps.vault.claims(),
        ]);
        const appNames = await namesOfApps(deps, accountId, clientIdsOf(apps));
        return render(
          readsByValuePage,
          presentReadsByValue({ values, from, claims, appNames, locale }),
        );
      },
    }),
  ];
}

function clientIdsOf(apps: readonly { readonly clientId: string }[]): string[] {
  return apps.map(({ clientId }) => clientId);
}

const DAY_MS = 86_400_000;

function filterOf(query: {
  readonly app?: string;
  readonly claim?: string;
  readonly channel?: Channel;
  readonly from?: string;
  readonly to?: string;
  readonly before?: string;
}): HistoryFilter {
  const ends = [
    query.before === undefined ? [] : [Date.parse(query.before)],
    query.to === undefined ? [] : [Date.parse(query.to) + DAY_MS],
  ].flat();
  return {
    ...(query.app ? { clientId: query.app } : {}),
    ...(query.claim ? { claim: query.claim } : {}),
    ...(query.channel ? { channel: query.channel } : {}),
    ...(query.from ? { from: new Date(query.from) } : {}),
    ...(ends.length > 0 ? { until: new Date(Math.min(...ends)) } : {}),
  };
}

/** Every app the account is connected to, and every other app on the page. */
async function namesOfApps(
  deps: HistoryRoutesDeps,
  accountId: string,
  shown: readonly (string | null)[],
): Promise<Map<string, string>> {
  const consents = await deps.consents.list(accountId);
  const ids = new Set([...consents.map(({ clientId }) => clientId), ...shown]);
  const names = new Map<string, string>();
  for (const id of ids) {
    if (id === null || id === '') continue;
    const client = await deps.clients.find(id);
    if (client !== null && !client.isFirstParty) names.set(id, client.name);
  }
  return names;
}
