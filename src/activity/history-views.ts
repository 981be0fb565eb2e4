import { presentConsentEvent } from '../connected-apps/http.ts';
import { page } from '../http/pages/page.ts';
import { CHANNELS, type ReadsOfDay } from '../ledger/index.ts';

import type { ClaimCatalogue } from '../scopes/index.ts';
import type { HistoryEntry, HistoryPage } from './history.ts';

/** The filters of the page; empty for none. */
interface Selected {
  readonly app: string;
  readonly claim: string;
  readonly channel: string;
  /** Days as YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
}

export const historyPage = page<ReturnType<typeof presentHistory>>('activity/history.njk');

interface EntryContext {
  /** Client id -> name. */
  readonly appNames: ReadonlyMap<string, string>;
  readonly claims: ClaimCatalogue;
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
    lines: entries.map((entry) => presentLine(entry, input)),
    apps: [...appNames].map(([value, label]) => ({ value, label })),
    claims: claims.live.map(({ name }) => ({
      value: name,
      label: claims.titleOf(name, locale),
    })),
    selected,
    isFiltered: Object.values(selected).some((value) => value !== ''),
    channels: CHANNELS,
    /** Reads per day, oldest first; empty when there were none. */
    days: readsInAll === 0 ? [] : days.map(({ day, reads }) => ({ day: new Date(day), reads })),
    readsInAll,
    files: exportOf(selected),
    olderHref: olderThan === null ? null : olderHref(selected, olderThan),
  };
}

function presentLine(entry: HistoryEntry, context: EntryContext) {
  const { appNames, claims: catalogue, locale } = context;
  const clientId = entry.type === 'reads' ? entry.clientId : entry.event.clientId;
  const appName = clientId === null ? '' : (appNames.get(clientId) ?? clientId);
  if (entry.type === 'reads') {
    const { claims, ...reads } = entry;
    return {
      ...reads,
      appName,
      titles: claims.map((claim) => catalogue.titleOf(claim, locale)),
    };
  }
  if (entry.type === 'decision') {
    const event = presentConsentEvent(entry.event, { locale, appName, claims: catalogue });
    return { type: 'decision' as const, ...event };
  }
  const { kind, ip, details } = entry.event;
  const { claim } = details as { readonly claim?: unknown };
  return {
    type: 'security' as const,
    at: entry.at,
    kind,
    appName,
    title: typeof claim === 'string' ? catalogue.titleOf(claim, locale) : '',
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
