import { Readable } from 'node:stream';

import { ACCESS_EVENT_KINDS, type RecordedEvent } from '../audit/index.ts';
import { readPages } from '../platform/read-pages.ts';
import { describeDevice } from '../sessions/index.ts';
import type { ActivityContext } from './context.ts';
import { writeCsvLines } from './export-releases.ts';

/** The part of a person's events about signing in that is read. */
export interface AccessFilter {
  readonly accountId: string;
  readonly from?: Date | undefined;
  /** Only events before this time. */
  readonly until?: Date | undefined;
}

type AccessContext = Pick<ActivityContext, 'audit' | 'clock'>;

const ROWS_AT_ONCE = 500;
const ONLY = { kinds: ACCESS_EVENT_KINDS, which: 'these' } as const;

/** One event about signing in: an attempt, a session, or a change of how the person signs in. */
export interface AccessEvent {
  readonly id: string;
  readonly kind: string;
  readonly occurredAt: Date;
  readonly ip: string | null;
  readonly browser: string | null;
  readonly system: string | null;
  /** Methods of a sign-in (RFC 8176); empty for other events. */
  readonly amr: readonly string[];
}

/** A page of the events about signing in, newest first. */
export async function listAccess(
  { audit }: Pick<ActivityContext, 'audit'>,
  {
    accountId,
    ...page
  }: AccessFilter & { readonly before?: string | undefined; readonly limit: number },
): Promise<readonly AccessEvent[]> {
  const { before, ...rest } = page;
  const options = { ...rest, only: ONLY, ...(before !== undefined && { before }) };
  return (await audit.list(accountId, options)).map(present);
}

/** All events about signing in, newest first, as a file that is read while it is sent. @throws AppError `database_unavailable`. */
export async function exportAccess(
  ctx: AccessContext,
  { filter, format }: { readonly filter: AccessFilter; readonly format: 'csv' | 'json' },
): Promise<Readable> {
  const pages = readPages<AccessEvent>(ROWS_AT_ONCE, (last, limit) =>
    listAccess(ctx, { ...filter, before: last?.id, limit }),
  );
  const first = await pages.next();
  const write = format === 'csv' ? writeCsv : writeJson;
  return Readable.from(write(first, pages, ctx.clock.now()), { objectMode: false });
}

function present({ id, kind, occurredAt, ip, userAgent, details }: RecordedEvent): AccessEvent {
  const { browser, system } = describeDevice(userAgent ?? '');
  const { amr } = details as { readonly amr?: readonly string[] };
  return { id, kind, occurredAt, ip, browser, system, amr: amr ?? [] };
}

type Pages = AsyncGenerator<readonly AccessEvent[], void>;
type First = IteratorResult<readonly AccessEvent[], void>;

const COLUMNS = ['time', 'event', 'address', 'browser', 'system', 'methods'];

async function* writeCsv(first: First, rest: Pages): AsyncGenerator<string> {
  yield writeCsvLines([COLUMNS]);
  if (first.done !== true) yield writeCsvLines(first.value.map(cellsOf));
  for await (const page of rest) yield writeCsvLines(page.map(cellsOf));
}

function cellsOf({ occurredAt, kind, ip, browser, system, amr }: AccessEvent): string[] {
  return [occurredAt.toISOString(), kind, ip ?? '', browser ?? '', system ?? '', amr.join(' ')];
}

async function* writeJson(first: First, rest: Pages, exportedAt: Date): AsyncGenerator<string> {
  yield `{"exportedAt":${JSON.stringify(exportedAt)},"events":[`;
  const rows = first.done === true ? [] : first.value;
  yield rows.map((row) => JSON.stringify(row)).join(',\n');
  for await (const page of rest) {
    yield page.map((row) => `,\n${JSON.stringify(row)}`).join('');
  }
  yield '\n]}\n';
}
