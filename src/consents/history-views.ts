import { page } from '../http/page.ts';
import type { ClaimCatalogue } from '../vault/index.ts';
import { presentConsentEvent, claimTitle, type ConsentEventView } from './event-views.ts';
import type { FoldedReads, HistoryEntry, HistoryPage } from './history.ts';
import { historySample } from './history-sample.ts';

/** One line of the history. */
export type HistoryLine =
  | (Omit<FoldedReads, 'claims'> & { readonly appName: string; readonly titles: readonly string[] })
  | ({ readonly type: 'decision' } & ConsentEventView)
  | {
      readonly type: 'security';
      readonly at: Date;
      readonly kind: string;
      readonly appName: string;
      /** The claim it is about. */
      readonly title: string;
      readonly ip: string;
      readonly isBad: boolean;
    };

export interface HistoryOption {
  readonly value: string;
  readonly label: string;
}

export interface HistoryModel {
  readonly lines: readonly HistoryLine[];
  readonly apps: readonly HistoryOption[];
  readonly claims: readonly HistoryOption[];
  readonly selected: {
    readonly app: string;
    readonly claim: string;
    /** Days as YYYY-MM-DD. */
    readonly from: string;
    readonly to: string;
  };
  readonly isFiltered: boolean;
  readonly olderHref: string | null;
}

export const historyPage = page<HistoryModel>('consents/history.njk', historySample);

export interface HistoryParts {
  readonly page: HistoryPage;
  /** Client id -> name. */
  readonly appNames: ReadonlyMap<string, string>;
  readonly claims: ClaimCatalogue;
  readonly selected: HistoryModel['selected'];
  readonly locale: string;
}

export function presentHistory(parts: HistoryParts): HistoryModel {
  const { page: shown, appNames, claims, selected, locale } = parts;
  return {
    lines: shown.entries.map((entry) => presentLine(entry, { appNames, claims, locale })),
    apps: [...appNames].map(([value, label]) => ({ value, label })),
    claims: claims.live.map(({ name }) => ({
      value: name,
      label: claimTitle(claims, name, locale),
    })),
    selected,
    isFiltered: Object.values(selected).some((value) => value !== ''),
    olderHref: shown.olderThan === null ? null : olderHref(selected, shown.olderThan),
  };
}

type Words = Pick<HistoryParts, 'appNames' | 'claims' | 'locale'>;

function presentLine(entry: HistoryEntry, { appNames, claims: known, locale }: Words): HistoryLine {
  const nameOf = (clientId: string | null) =>
    clientId === null ? '' : (appNames.get(clientId) ?? clientId);
  if (entry.type === 'reads') {
    const { claims, ...reads } = entry;
    return {
      ...reads,
      appName: nameOf(entry.clientId),
      titles: claims.map((claim) => claimTitle(known, claim, locale)),
    };
  }
  if (entry.type === 'decision') {
    const appName = nameOf(entry.event.clientId);
    return {
      type: 'decision',
      ...presentConsentEvent(entry.event, { locale, appName, claims: known }),
    };
  }
  const { kind, clientId, ip, details } = entry.event;
  const { claim } = details as { readonly claim?: unknown };
  return {
    type: 'security',
    at: entry.at,
    kind,
    appName: nameOf(clientId),
    title: typeof claim === 'string' ? claimTitle(known, claim, locale) : '',
    ip: ip ?? '',
    isBad: kind.endsWith('.failed'),
  };
}

function olderHref(selected: HistoryModel['selected'], olderThan: Date): string {
  const filters = Object.entries(selected).filter(([, value]) => value !== '');
  const query = new URLSearchParams([...filters, ['before', olderThan.toISOString()]]);
  return `/account/history?${query.toString()}`;
}
