import { ACCESS_EVENT_KINDS } from '../audit/index.ts';
import { type ConsentEvent } from '../consents/index.ts';
import { foldReads, type Channel, type FoldedReads } from '../ledger/index.ts';
import { dayIn, startOfDayIn } from '../platform/time-zones.ts';
import { CONSENT_EVENT_KINDS } from '../receipts/index.ts';
import type { ActivityContext } from './context.ts';
import { foldEvents, type FoldedEvents } from './fold-events.ts';

type HistoryContext = Pick<ActivityContext, 'audit' | 'consents'> & {
  readonly ledger: Pick<ActivityContext['ledger'], 'list'>;
};

/** The kinds of things in a history: reads by apps, decisions about apps, signing in, and other events of the account. */
export const HISTORY_KINDS = ['reads', 'decisions', 'access', 'account'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** A filter of a person's history. */
export interface HistoryFilter {
  readonly clientId?: string | undefined;
  readonly claim?: string | undefined;
  readonly channel?: Channel | undefined;
  /** Only things of this kind. */
  readonly kind?: HistoryKind | undefined;
  readonly from?: Date | undefined;
  /** Only events before this time: the end of the page before, or of the chosen days. */
  readonly until?: Date | undefined;
  /** The time zone whose days the reader sees: equal reads of a day are one entry. Default: UTC. */
  readonly timeZone?: string | undefined;
}

export type HistoryEntry =
  | FoldedReads
  | { readonly type: 'decision'; readonly at: Date; readonly event: ConsentEvent }
  | FoldedEvents;

export interface HistoryPage {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /** The `until` of the next page; null at the end. */
  readonly olderThan: Date | null;
}

const ROWS_PER_SOURCE = 200;
/** A page contains whole days: it ends with the day that contains this entry. */
const ENTRIES_PER_PAGE = 30;

/** Audit events of consent decisions, which the history reads from the consents' own events. */
const CONSENT_EVENTS: ReadonlySet<string> = new Set(
  CONSENT_EVENT_KINDS.map((kind) => `consent.${kind}`),
);

/** One page of the history of an account: reads by apps, decisions, sign-ins and changes. */
export async function readHistory(
  ctx: HistoryContext,
  accountId: string,
  filter: HistoryFilter,
): Promise<HistoryPage> {
  const { kind, timeZone = 'UTC', ...reads } = filter;
  const { clientId, claim, channel, ...times } = reads;
  const limit = ROWS_PER_SOURCE;
  // A filter by a claim or by a channel selects reads only.
  const isOnlyReads = claim !== undefined || channel !== undefined;
  const has = (wanted: HistoryKind): boolean =>
    (kind === undefined || kind === wanted) && (wanted === 'reads' || !isOnlyReads);
  const hasEvents = has('access') || has('account');
  const [releases, decisions, security] = await Promise.all([
    has('reads') ? ctx.ledger.list({ accountId, ...reads, limit }) : [],
    has('decisions') ? ctx.consents.history({ accountId, clientId, ...times, limit }) : [],
    hasEvents && clientId === undefined
      ? ctx.audit.list(accountId, { ...times, limit, only: eventsOf(kind) })
      : [],
  ]);
  const horizon = horizonOf([
    releases.map(({ releasedAt }) => releasedAt),
    decisions.map(({ occurredAt }) => occurredAt),
    security.map(({ occurredAt }) => occurredAt),
  ]);
  const isComplete = (at: Date): boolean => horizon === null || at > horizon;
  const entries: HistoryEntry[] = [
    ...foldReads(
      releases.filter(({ releasedAt }) => isComplete(releasedAt)),
      (moment) => dayIn(timeZone, moment),
    ),
    ...decisions.map((event) => ({ type: 'decision', at: event.occurredAt, event }) as const),
    ...foldEvents(
      security.filter((event) => !CONSENT_EVENTS.has(event.kind) && isComplete(event.occurredAt)),
    ),
  ].filter(({ at }) => isComplete(at));
  const sorted = entries.toSorted((one, other) => other.at.getTime() - one.at.getTime());
  const start = startOfLastDay(sorted, timeZone);
  return start === null
    ? { entries: sorted, olderThan: horizon === null ? null : new Date(horizon.getTime() + 1) }
    : { entries: sorted.filter(({ at }) => at >= start), olderThan: start };
}

/** The audit events of a kind of things; undefined: all. */
function eventsOf(kind: HistoryKind | undefined) {
  if (kind === undefined) return undefined;
  const which = kind === 'access' ? 'these' : 'others';
  return { kinds: ACCESS_EVENT_KINDS, which } as const;
}

/** The beginning of the last day of a page; null when the page contains all of these entries, the newest first. */
function startOfLastDay(entries: readonly HistoryEntry[], timeZone: string): Date | null {
  const last = entries[ENTRIES_PER_PAGE - 1];
  const oldest = entries.at(-1);
  if (last === undefined || oldest === undefined) return null;
  const start = startOfDayIn(timeZone, dayIn(timeZone, last.at));
  return oldest.at < start ? start : null;
}

/**
 * The time back to which this page is complete. A source that returned a full page may have further rows at the time of
 * its last row and before it. If all rows of a page have the same time, the page shows the rows that were read.
 */
function horizonOf(sources: readonly (readonly Date[])[]): Date | null {
  const cut = sources.filter((times) => times.length === ROWS_PER_SOURCE);
  if (cut.length === 0) return null;
  const oldest = Math.max(...cut.map((times) => times.at(-1)?.getTime() ?? 0));
  const isOneMoment = cut.some((times) => times[0]?.getTime() === oldest);
  return new Date(isOneMoment ? oldest - 1 : oldest);
}
