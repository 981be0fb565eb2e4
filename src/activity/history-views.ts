import { ACCESS_EVENT_KINDS } from '../audit/index.ts';
import { presentConsentEvent } from '../connected-apps/http.ts';
import { page } from '../http/pages/page.ts';
import { CHANNELS } from '../ledger/index.ts';
import { dayAfter, dayIn, startOfDayIn } from '../platform/time-zones.ts';
import { describeDevice, factorsOf } from '../sessions/index.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';
import { type Attribute, AVATAR_CLAIM, valueLines } from '../vault/index.ts';
import { HISTORY_KINDS, type HistoryEntry, type HistoryPage } from './history.ts';
import type { createTouchedValueFinder, createValueFinder } from './shared-values.ts';
import type { ReadsOfDay } from './summarise-reads.ts';

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

/** An app as lists show it; `logo` is its address on this server, null without one. */
export interface NamedApp {
  readonly name: string;
  readonly logo: string | null;
}

interface EntryContext {
  /** Client id -> app. */
  readonly apps: ReadonlyMap<string, NamedApp>;
  readonly claims: ClaimCatalogue;
  readonly valueOf: ReturnType<typeof createValueFinder>;
  readonly touchedValueOf: ReturnType<typeof createTouchedValueFinder>;
  readonly locale: string;
  /** The time zone of the reader, whose days group the entries. */
  readonly timeZone: string;
}

/** The app of an id; its id stands for the name of an app that this server does not know. */
export function appOf(apps: ReadonlyMap<string, NamedApp>, clientId: string): NamedApp {
  return apps.get(clientId) ?? { name: clientId, logo: null };
}

/** Presents one page of the history, grouped by the days of the reader. */
export function presentHistory(
  input: EntryContext & {
    readonly page: HistoryPage;
    readonly selected: Selected;
    readonly days: readonly ReadsOfDay[];
  },
) {
  const {
    page: { entries, olderThan },
    apps,
    claims,
    selected,
    days,
    locale,
    timeZone,
  } = input;
  const readsInAll = days.reduce((sum, { reads }) => sum + reads, 0);
  return {
    /** The days of the reader with their lines, both newest first; `day` is the midnight with which UTC begins that day. */
    groups: [...Map.groupBy(entries, ({ at }) => dayIn(timeZone, at))].map(([day, ofDay]) => ({
      day: new Date(day),
      lines: ofDay.map((entry) => presentLine(entry, input)),
    })),
    apps: [...apps].map(([value, { name }]) => ({ value, label: name })),
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
    /** There are reads to explain and to download. */
    hasReads: readsInAll > 0 || entries.some(({ type }) => type === 'reads'),
    files: exportOf(selected, timeZone),
    /** Files with the events about signing in; null unless the person chose them. */
    accessFiles: selected.kind === 'access' ? accessFiles(selected, timeZone) : null,
    olderHref: olderThan === null ? null : olderHref(selected, olderThan),
  };
}

function presentLine(entry: HistoryEntry, context: EntryContext) {
  const { apps, claims: catalogue, locale } = context;
  const clientId = entry.type === 'reads' ? entry.clientId : entry.event.clientId;
  const app = clientId === null ? null : appOf(apps, clientId);
  const appName = app?.name ?? '';
  const textOf = ({ claim, value }: Attribute) =>
    valueLines(value, catalogue.find(claim), locale).join(', ');
  if (entry.type === 'reads') {
    const { claims, ...reads } = entry;
    const values = claims.map((claim) => context.valueOf({ ...entry, claim }));
    return {
      ...reads,
      app,
      appName,
      seen: claims.map((claim) => {
        return { claim, title: catalogue.titleOf(claim, locale), isOneOfSeveral: false };
      }),
      /** The values that it read, as far as they exist now. */
      values: values.flatMap((value) => {
        return value === null || value === 'deleted' ? [] : textOf(value);
      }),
      /** The person has deleted one of them since. */
      hasDeleted: values.includes('deleted'),
    };
  }
  if (entry.type === 'decision') {
    const event = presentConsentEvent(entry.event, { locale, appName, claims: catalogue });
    return { type: 'decision' as const, app, clientId: entry.event.clientId, ...event };
  }
  const { kind, ip, userAgent, details } = entry.event;
  const device = isAboutAccess(kind) ? describeDevice(userAgent ?? '') : NO_DEVICE;
  const values = entry.values.flatMap((touched) => context.touchedValueOf(touched) ?? []);
  return {
    type: 'security' as const,
    at: entry.at,
    kind,
    app,
    appName,
    titles: entry.claims.map((claim) => catalogue.titleOf(claim, locale)),
    /** The values that it is about, as far as they exist now. */
    values: values.filter(({ claim }) => claim !== AVATAR_CLAIM).map(textOf),
    /** Ids of the pictures that it is about. */
    pictures: values.filter(({ claim }) => claim === AVATAR_CLAIM).map(({ id }) => id),
    ip: ip ?? '',
    /** The browser and the system that caused an event about signing in. */
    device: [device.browser, device.system].filter((name) => name !== null).join(', '),
    factors: factorsOf(methodsIn(details)),
    isBad: kind.endsWith('.failed'),
  };
}

const NO_DEVICE = { browser: null, system: null };

function isAboutAccess(kind: string): boolean {
  return ACCESS_EVENT_KINDS.includes(kind);
}

/** The methods of a sign-in (RFC 8176) in the details of its event. */
function methodsIn(details: object): readonly string[] {
  const { amr } = details as { readonly amr?: unknown };
  return Array.isArray(amr) ? amr.filter((value) => typeof value === 'string') : [];
}

/** Addresses of the events about signing in, as files. */
function accessFiles({ from, to }: Selected, timeZone: string) {
  const href = (format: string) => {
    const query = new URLSearchParams([['format', format], ...timesOf({ from, to }, timeZone)]);
    return `/api/v1/account/access-events/export?${query.toString()}`;
  };
  return { csv: href('csv'), json: href('json') };
}

function timesOf(
  { from, to }: { readonly from: string | undefined; readonly to: string | undefined },
  timeZone: string,
): [string, string][] {
  const times: [string, string][] = [
    ['from', from ? startOfDayIn(timeZone, from).toISOString() : ''],
    ['until', to ? startOfDayIn(timeZone, dayAfter(to)).toISOString() : ''],
  ];
  return times.filter(([, value]) => value !== '');
}

/** Addresses of the reads that fit the chosen filters, as files. */
export function exportOf(selected: Partial<Selected>, timeZone = 'UTC') {
  const { app, claim, channel, from, to } = selected;
  const parts = [
    ['clientId', app],
    ['claim', claim],
    ['channel', channel],
  ].filter((part): part is [string, string] => Boolean(part[1]));
  const times = timesOf({ from, to }, timeZone);
  const href = (format: string) =>
    `/api/v1/account/releases/export?${new URLSearchParams([['format', format], ...parts, ...times]).toString()}`;
  return { csv: href('csv'), json: href('json') };
}

function olderHref(selected: Selected, olderThan: Date): string {
  const filters = Object.entries(selected).filter(([, value]) => value !== '');
  const query = new URLSearchParams([...filters, ['before', olderThan.toISOString()]]);
  return `/account/history?${query.toString()}`;
}
