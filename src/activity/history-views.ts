import { presentConsentEvent } from '../connected-apps/http.ts';
import { page } from '../http/pages/page.ts';
import { CHANNELS, type ReadsOfDay } from '../ledger/index.ts';

import type { ClaimCatalogue } from '../scopes/index.ts';
import { valueLines } from '../vault/index.ts';
import { HISTORY_KINDS, type HistoryEntry, type HistoryPage } from './history.ts';
import type { createValueFinder } from './shared-values.ts';

/** The filters of the page; empty for none. */
interface Selected {
  readonly app: string;
  readonly claim: string;
  readonly channel: string;
  readonly kind: string;
  /** Days as YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
}

export const historyPage = page<ReturnType<typeof presentHistory>>('activity/history.njk');

interface EntryContext {
  /** Client id -> name. */
  readonly appNames: ReadonlyMap<string, string>;
  readonly claims: ClaimCatalogue;
  readonly valueOf: ReturnType<typeof createValueFinder>;
  readonly locale: string;
}

export function presentHistory(
  input: EntryContext & {
    readonly page: HistoryPage;
    readonly selected: Selected;
    readonly days: readonly ReadsOfDay[];
  },
) {
  const {
    page: { entries, olderThan },
    appNames,
    claims,
    selected,
    days,
    locale,
  } = input;
  const readsInAll = days.reduce((sum, { reads }) => sum + reads, 0);
  return {
    /** The days (UTC) with their lines, both newest first. */
    groups: byDay(entries).map((ofDay) => ({
      day: ofDay[0]?.at ?? new Date(0),
      lines: ofDay.map((entry) => presentLine(entry, input)),
    })),
    apps: [...appNames].map(([value, label]) => ({ value, label })),
    claims: claims.live.map(({ name }) => ({
      value: name,
      label: claims.titleOf(name, locale),
    })),
    selected,
    isFiltered: Object.values(selected).some((value) => value !== ''),
    channels: CHANNELS,
    kinds: HISTORY_KINDS,
    /** Reads per day, oldest first; empty when there were none. */
    days: readsInAll === 0 ? [] : days.map(({ day, reads }) => ({ day: new Date(day), reads })),
    readsInAll,
    files: exportOf(selected),
    olderHref: olderThan === null ? null : olderHref(selected, olderThan),
  };
}

function byDay(entries: readonly HistoryEntry[]): HistoryEntry[][] {
  return [...Map.groupBy(entries, ({ at }) => at.toISOString().slice(0, 10)).values()];
}

function presentLine(entry: HistoryEntry, context: EntryContext) {
  const { appNames, claims: catalogue, locale } = context;
  const clientId = entry.type === 'reads' ? entry.clientId : entry.event.clientId;
  const appName = clientId === null ? '' : (appNames.get(clientId) ?? clientId);
  if (entry.type === 'reads') {
    const { claims, ...reads } = entry;
    const values = claims.map((claim) => context.valueOf({ ...entry, claim }));
    return {
      ...reads,
      appName,
      seen: claims.map((claim) => {
        return { claim, title: catalogue.titleOf(claim, locale), isOneOfSeveral: false };
      }),
      /** The values that it read, as far as they exist now. */
      values: values.flatMap((value) => {
        if (value === null || value === 'deleted') return [];
        return valueLines(value.value, catalogue.find(value.claim), locale).join(', ');
      }),
      /** The person has deleted one of them since. */
      hasDeleted: values.includes('deleted'),
    };
  }
  if (entry.type === 'decision') {
    const event = presentConsentEvent(entry.event, { locale, appName, claims: catalogue });
    return { type: 'decision' as const, ...event };
  }
  const { kind, ip } = entry.event;
  return {
    type: 'security' as const,
    at: entry.at,
    kind,
    appName,
    titles: entry.claims.map((claim) => catalogue.titleOf(claim, locale)),
    ip: ip ?? '',
    isBad: kind.endsWith('.failed'),
  };
}

const DAY_MS = 86_400_000;

/** Addresses of the reads that fit the chosen filters, as files. */
export function exportOf(selected: Partial<Selected>) {
  const { app, claim, channel, from, to } = selected;
  const parts = [
    ['clientId', app],
    ['claim', claim],
    ['channel', channel],
    ['from', from ? new Date(from).toISOString() : ''],
    ['until', to ? new Date(Date.parse(to) + DAY_MS).toISOString() : ''],
  ].filter((part): part is [string, string] => Boolean(part[1]));
  const href = (format: string) =>
    `/api/v1/account/releases/export?${new URLSearchParams([['format', format], ...parts]).toString()}`;
  return { csv: href('csv'), json: href('json') };
}

function olderHref(selected: Selected, olderThan: Date): string {
  const filters = Object.entries(selected).filter(([, value]) => value !== '');
  const query = new URLSearchParams([...filters, ['before', olderThan.toISOString()]]);
  return `/account/history?${query.toString()}`;
}
