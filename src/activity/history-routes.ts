import { Type } from 'typebox';

import { logoHref, type Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import { readerTimeZone } from '../http/pages/reader-time-zone.ts';
import { pageRoute, render } from '../http/routing/page-route.ts';
import type { AnyRoute } from '../http/routing/route.ts';
import { DayInput, MomentInput } from '../http/routing/time-inputs.ts';
import { CHANNELS, type Channel } from '../ledger/index.ts';
import { dayAfter, startOfDayIn } from '../platform/time-zones.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Vault } from '../vault/index.ts';
import { HISTORY_KINDS, type HistoryFilter, type HistoryKind } from './history.ts';
import { historyPage, type NamedApp, presentHistory } from './history-views.ts';
import type { Activity } from './index.ts';
import { createTouchedValueFinder, createValueFinder, lastChanges } from './shared-values.ts';
import {
  presentReadsByApp,
  presentReadsByValue,
  readsByAppPage,
  readsByValuePage,
} from './reads-views.ts';

interface HistoryRoutesDeps {
  readonly activity: Activity;
  readonly clients: Pick<Clients, 'find'>;
  readonly consents: Pick<Consents, 'list' | 'history'>;
  readonly vault: Pick<Vault, 'listAttributes'>;
  readonly scopes: Pick<Scopes, 'claims'>;
}

const HistoryQuery = Type.Object({
  app: Type.Optional(Type.String({ maxLength: 200 })),
  claim: Type.Optional(Type.String({ maxLength: 100 })),
  channel: Type.Optional(Type.Enum([...CHANNELS])),
  kind: Type.Optional(Type.Enum([...HISTORY_KINDS])),
  from: Type.Optional(DayInput),
  to: Type.Optional(DayInput),
  before: Type.Optional(MomentInput),
});

/** Decisions in which the values of reads are looked up. */
const MOST_DECISIONS = 500;

/** The page with a person's history: reads by apps and other events. */
export function historyRoutes(deps: HistoryRoutesDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/account/history',
      access: 'person',
      query: HistoryQuery,
      handle: async ({ caller, query, request, ctx }) => {
        const { accountId } = caller;
        const timeZone = readerTimeZone(ctx) ?? 'UTC';
        const selected = {
          app: query.app ?? '',
          claim: query.claim ?? '',
          channel: query.channel ?? '',
          kind: query.kind ?? '',
          from: query.from ?? '',
          to: query.to ?? '',
        };
        const { before: _page, ...chosen } = query;
        const { kind: _kind, ...reads } = filterOf(chosen, timeZone);
        const [page, days, claims, decisions, attributes] = await Promise.all([
          deps.activity.history(accountId, filterOf(query, timeZone)),
          deps.activity.readsPerDay({ accountId, ...reads }),
          deps.scopes.claims(),
          deps.consents.history({ accountId, limit: MOST_DECISIONS }),
          deps.vault.listAttributes(accountId),
        ]);
        const valueOf = createValueFinder(decisions, attributes);
        const clientIds = page.entries.map((entry) =>
          entry.type === 'reads' ? entry.clientId : entry.event.clientId,
        );
        const apps = await findApps(deps, accountId, [selected.app, ...clientIds]);
        const events = page.entries.filter((entry) => entry.type === 'security');
        // A later page does not contain the newest changes.
        const isWhole = query.before === undefined && query.to === undefined;
        const touchedValueOf = createTouchedValueFinder(
          attributes,
          isWhole ? lastChanges(events) : null,
        );
        const { locale } = request;
        const context = { apps, claims, valueOf, touchedValueOf, locale, timeZone };
        const model = presentHistory({ ...context, page, selected, days });
        return render(historyPage, model);
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
        const context = await summaryOf(deps, accountId);
        return render(readsByAppPage, presentReadsByApp({ ...context, locale }));
      },
    }),
    pageRoute({
      method: 'get',
      path: '/account/history/values',
      access: 'person',
      handle: async ({ caller: { accountId }, request: { locale } }) => {
        const context = await summaryOf(deps, accountId);
        return render(readsByValuePage, presentReadsByValue({ ...context, locale }));
      },
    }),
  ];
}

async function summaryOf(deps: HistoryRoutesDeps, accountId: string) {
  const [{ apps: readers, claims: values, from }, claims] = await Promise.all([
    deps.activity.summariseReads({ accountId }),
    deps.scopes.claims(),
  ]);
  const clientIds = readers.map(({ clientId }) => clientId);
  return { readers, values, from, claims, apps: await findApps(deps, accountId, clientIds) };
}

/** The chosen filters; `from` and `to` are days in the time zone of the reader. */
function filterOf(
  query: {
    readonly app?: string;
    readonly claim?: string;
    readonly channel?: Channel;
    readonly kind?: HistoryKind;
    readonly from?: string;
    readonly to?: string;
    readonly before?: string;
  },
  timeZone: string,
): HistoryFilter {
  const { app, claim, channel, kind, from, to, before } = query;
  const ends = [
    before === undefined ? Infinity : Date.parse(before),
    to === undefined ? Infinity : startOfDayIn(timeZone, dayAfter(to)).getTime(),
  ];
  const end = Math.min(...ends);
  return {
    clientId: app || undefined,
    claim: claim || undefined,
    channel,
    kind,
    from: from === undefined ? undefined : startOfDayIn(timeZone, from),
    until: end === Infinity ? undefined : new Date(end),
    timeZone,
  };
}

/** Name and logo of every app that the account is connected to, and of these other apps. */
async function findApps(
  deps: HistoryRoutesDeps,
  accountId: string,
  others: readonly (string | null)[],
): Promise<Map<string, NamedApp>> {
  const consents = await deps.consents.list(accountId);
  const ids = new Set([...consents.map(({ clientId }) => clientId), ...others]);
  const known = [...ids].flatMap((id) => (id === null || id === '' ? [] : [id]));
  const clients = await Promise.all(known.map(async (id) => deps.clients.find(id)));
  return new Map(
    clients.flatMap((client) =>
      client === null || client.isFirstParty
        ? []
        : [[client.id, { name: client.name, logo: logoHref(client) }]],
    ),
  );
}
