import {
  createTouchedValueFinder,
  createValueFinder,
  foldEvents,
  lastChanges,
} from '../../activity/index.ts';
import type { RecordedEvent } from '../../audit/index.ts';
import type { ConsentEvent } from '../../consents/index.ts';
import type { RecordedRelease } from '../../ledger/index.ts';
import { dayIn } from '../../platform/time-zones.ts';
import { decidingClaim } from '../../scopes/index.ts';
import type { ExportSubject } from '../export-section.ts';
import { nameOf, releasesOf } from '../export-sections.ts';
import { newestFirst } from '../newest-first.ts';
import {
  type Describer,
  describeDecision,
  describeEvents,
  describeReads,
  type ReadsOfDay,
} from './describe-history.ts';
import { mergeNewestFirst } from './merge-newest-first.ts';
import { type ReadableContext, wordsFor } from './readable-context.ts';
import type { ReadableEntry } from './readable-entry.ts';

type Row =
  | { readonly type: 'read'; readonly at: Date; readonly release: RecordedRelease }
  | { readonly type: 'decision'; readonly at: Date; readonly event: ConsentEvent }
  | { readonly type: 'event'; readonly at: Date; readonly event: RecordedEvent };

/** Decisions in which the values of reads are looked up. */
const MOST_DECISIONS = 500;

/**
 * Everything that happened in an account, newest first: reads by apps, decisions about apps, and events of the account. One
 * entry for each thing: equal reads of a day are one, and so are the events of one request.
 */
export async function* readReadableHistory(
  ctx: ReadableContext,
  subject: ExportSubject,
): AsyncGenerator<ReadableEntry> {
  const describer = await createDescriber(ctx, subject);
  const { timeZone = 'UTC' } = subject;
  let day = '';
  let rows: Row[] = [];
  let reads = new Map<string, ReadsOfDay>();
  for await (const row of mergeNewestFirst<Row>(readRows(ctx, subject))) {
    const dayOfRow = dayIn(timeZone, row.at);
    if (dayOfRow !== day) {
      yield* describeDay(describer, { rows, reads: [...reads.values()] });
      day = dayOfRow;
      rows = [];
      reads = new Map();
    }
    if (row.type === 'read') joinRead(reads, row.release);
    else rows.push(row);
  }
  yield* describeDay(describer, { rows, reads: [...reads.values()] });
}

function readRows(ctx: ReadableContext, { accountId }: ExportSubject): AsyncGenerator<Row>[] {
  return [readsOf(ctx, accountId), decisionsOf(ctx, accountId), eventsOf(ctx, accountId)];
}

async function* readsOf(ctx: ReadableContext, accountId: string): AsyncGenerator<Row> {
  for await (const release of releasesOf(ctx, accountId)) {
    yield { type: 'read', at: release.releasedAt, release };
  }
}

async function* decisionsOf({ consents }: ReadableContext, accountId: string): AsyncGenerator<Row> {
  for await (const event of newestFirst((page) => consents.history({ accountId, ...page }))) {
    yield { type: 'decision', at: event.occurredAt, event };
  }
}

async function* eventsOf({ audit }: ReadableContext, accountId: string): AsyncGenerator<Row> {
  for await (const event of newestFirst((page) => audit.list(accountId, page))) {
    // The decisions about apps come from the consents, which contain more.
    const isDecision = event.kind.startsWith('consent.') && event.kind !== 'consent.denied';
    if (!isDecision) yield { type: 'event', at: event.occurredAt, event };
  }
}

function joinRead(reads: Map<string, ReadsOfDay>, release: RecordedRelease): void {
  const { clientId, channel, releasedAt, ip } = release;
  const claims = [...new Set(release.claims.flatMap((claim) => decidingClaim(claim) ?? []))];
  const key = JSON.stringify([clientId, channel, claims.toSorted()]);
  const known = reads.get(key);
  reads.set(key, {
    clientId,
    channel,
    claims,
    count: (known?.count ?? 0) + 1,
    firstAt: releasedAt,
    lastAt: known?.lastAt ?? releasedAt,
    ip: known === undefined ? ip : null,
  });
}

async function* describeDay(
  describer: Describer,
  day: { readonly rows: readonly Row[]; readonly reads: readonly ReadsOfDay[] },
): AsyncGenerator<ReadableEntry> {
  const events = day.rows.flatMap((row) => (row.type === 'event' ? row.event : []));
  const decisions = day.rows.flatMap((row) => (row.type === 'decision' ? row.event : []));
  const folded = foldEvents(events);
  // The history is read from its end, so the first change of a value that is found is its last one.
  for (const [attributeId, at] of lastChanges(folded)) {
    if (!describer.changes.has(attributeId)) describer.changes.set(attributeId, at);
  }
  const entries = await Promise.all([
    ...day.reads.map((reads) => describeReads(describer, reads)),
    ...decisions.map((event) => describeDecision(describer, event)),
    ...folded.map((one) => describeEvents(describer, one)),
  ]);
  yield* entries.toSorted((one, other) => other.at.getTime() - one.at.getTime());
}

async function createDescriber(ctx: ReadableContext, subject: ExportSubject): Promise<Describer> {
  const { accountId } = subject;
  const [attributes, claims, decisions] = await Promise.all([
    ctx.vault.listAttributes(accountId),
    ctx.scopes.claims(),
    ctx.consents.history({ accountId, limit: MOST_DECISIONS }),
  ]);
  const changes = new Map<string, Date>();
  return {
    ...wordsFor(ctx, subject),
    subject,
    claims,
    valueOf: createValueFinder(decisions, attributes),
    changes,
    touchedValueOf: createTouchedValueFinder(attributes, changes),
    nameOf: (clientId) => nameOf(ctx, clientId),
  };
}
