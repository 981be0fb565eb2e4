import type { Audit, RecordedEvent } from '../audit/index.ts';
import type { Channel, Ledger, RecordedRelease } from '../ledger/index.ts';
import type { ConsentEvent } from '../consents/consent.ts';
import { CONSENT_EVENT_KINDS } from '../receipts/index.ts';
import type { Consents } from '../consents/index.ts';
import { decidingClaim } from '../scopes/index.ts';

export interface HistoryDeps {
  readonly audit: Pick<Audit, 'list'>;
  readonly consents: Pick<Consents, 'history'>;
  readonly ledger: Pick<Ledger, 'list'>;
}

/** A filter of a person's history. */
export interface HistoryFilter {
  readonly clientId?: string;
  readonly claim?: string;
  readonly channel?: Channel;
  readonly from?: Date;
  /** Only events before this time: the end of the page before, or of the chosen days. */
  readonly until?: Date;
}

/** Equal reads that follow each other, shown as one. */
export interface FoldedReads {
  readonly type: 'reads';
  /** The newest of them. */
  readonly at: Date;
  readonly firstAt: Date;
  readonly count: number;
  readonly clientId: string;
  readonly channel: Channel;
  readonly claims: readonly string[];
  /** Each of them, newest first. */
  readonly reads: readonly { readonly at: Date; readonly ip: string | null }[];
}

export type HistoryEntry =
  | FoldedReads
  | { readonly type: 'decision'; readonly at: Date; readonly event: ConsentEvent }
  | { readonly type: 'security'; readonly at: Date; readonly event: RecordedEvent };

export interface HistoryPage {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /** Give this as `until` for the next page; null at the end. */
  readonly olderThan: Date | null;
}

const ROWS_PER_SOURCE = 200;
const FOLD_WITHIN_MS = 86_400_000;

/** Consent decisions come from the consents' own history, and would be shown twice if they were included here. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(
  CONSENT_EVENT_KINDS.map((kind) => `consent.${kind}`),
);

/** One page of the history of an account: reads by apps, decisions, sign-ins and changes. */
export async function readHistory(
  deps: HistoryDeps,
  accountId: string,
  filter: HistoryFilter,
): Promise<HistoryPage> {
  const { clientId, claim, channel, ...times } = filter;
  const limit = ROWS_PER_SOURCE;
  const forApp = clientId === undefined ? {} : { clientId };
  // A filter by a claim or by a channel selects reads only.
  const isOnlyReads = claim !== undefined || channel !== undefined;
  const [releases, decisions, security] = await Promise.all([
    deps.ledger.list({
      accountId,
      ...forApp,
      ...(claim === undefined ? {} : { claim }),
      ...(channel === undefined ? {} : { channel }),
      ...times,
      limit,
    }),
    isOnlyReads ? [] : deps.consents.history({ accountId, ...forApp, ...times, limit }),
    isOnlyReads || clientId !== undefined ? [] : deps.audit.list(accountId, { ...times, limit }),
  ]);
  const horizon = horizonOf([
    releases.map(({ releasedAt }) => releasedAt),
    decisions.map(({ occurredAt }) => occurredAt),
    security.map(({ occurredAt }) => occurredAt),
  ]);
  const isComplete = (at: Date): boolean => horizon === null || at > horizon;
  const entries: HistoryEntry[] = [
    ...foldReads(releases.filter(({ releasedAt }) => isComplete(releasedAt))),
    ...decisions.map((event) => ({ type: 'decision', at: event.occurredAt, event }) as const),
    ...security
      .filter(({ kind }) => !TOLD_ELSEWHERE.has(kind))
      .map((event) => ({ type: 'security', at: event.occurredAt, event }) as const),
  ].filter(({ at }) => isComplete(at));
  return {
    entries: entries.toSorted((one, other) => other.at.getTime() - one.at.getTime()),
    olderThan: horizon === null ? null : new Date(horizon.getTime() + 1),
  };
}

/**
 * How far back this page is complete: a source that was cut off is incomplete before the time of its last row, and
 * possibly at that moment itself. A moment that fills a whole page is shown as far as it was read.
 */
function horizonOf(sources: readonly (readonly Date[])[]): Date | null {
  const cut = sources.filter((times) => times.length === ROWS_PER_SOURCE);
  if (cut.length === 0) return null;
  const oldest = Math.max(...cut.map((times) => times.at(-1)?.getTime() ?? 0));
  const isOneMoment = cut.some((times) => times[0]?.getTime() === oldest);
  return new Date(isOneMoment ? oldest - 1 : oldest);
}

/** Folds neighbours of one app, channel and set of claims, for display only: the ledger keeps each. */
export function foldReads(releases: readonly RecordedRelease[]): FoldedReads[] {
  const folded: FoldedReads[] = [];
  const open = new Map<string, number>();
  for (const release of releases) {
    const { clientId, channel, releasedAt, ip } = release;
    const read = { at: releasedAt, ip };
    const claims = [...new Set(release.claims.map(decidingClaim))].filter((name) => name !== null);
    const key = JSON.stringify([clientId, channel, claims.toSorted()]);
    const index = open.get(key);
    const newest = index === undefined ? undefined : folded[index];
    if (
      index !== undefined &&
      newest &&
      newest.at.getTime() - releasedAt.getTime() < FOLD_WITHIN_MS
    ) {
      const { count, reads } = newest;
      folded[index] = { ...newest, count: count + 1, firstAt: releasedAt, reads: [...reads, read] };
    } else {
      open.set(key, folded.length);
      folded.push({
        type: 'reads',
        at: releasedAt,
        firstAt: releasedAt,
        count: 1,
        clientId,
        channel,
        claims,
        reads: [read],
      });
    }
  }
  return folded;
}
