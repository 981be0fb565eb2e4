import { Readable } from 'node:stream';

import { stringify } from 'csv-stringify/sync';

import type { RecordedRelease, ReleaseFilter } from '../ledger/index.ts';
import { readPages } from '../platform/read-pages.ts';
import type { ActivityContext } from './context.ts';

type ExportContext = Pick<ActivityContext, 'clients' | 'clock'> & {
  readonly ledger: Pick<ActivityContext['ledger'], 'list'>;
};

const ROWS_AT_ONCE = 500;

/**
 * All releases to apps, newest first, as a file that is read from the ledger while it is sent, so that memory does not
 * grow with it. Rows that are written meanwhile are not in it.
 * @throws AppError `database_unavailable` before anything is sent; a later outage truncates the file.
 */
export async function exportReleases(
  ctx: ExportContext,
  { filter, format }: { readonly filter: ReleaseFilter; readonly format: 'csv' | 'json' },
): Promise<Readable> {
  const rows = readPages<RecordedRelease>(ROWS_AT_ONCE, (before, limit) =>
    ctx.ledger.list({ ...filter, before, limit }),
  );
  const pages = withNames(ctx, resume(await rows.next(), rows));
  return Readable.from(format === 'csv' ? writeCsv(pages) : writeJson(pages, ctx.clock.now()), {
    objectMode: false,
  });
}

type Row = RecordedRelease & {
  /** The name of the app; its id when the app no longer exists. */
  readonly app: string;
};

async function* resume<Page>(
  first: IteratorResult<Page, void>,
  rest: AsyncGenerator<Page, void>,
): AsyncGenerator<Page, void> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

async function* withNames(
  { clients }: ExportContext,
  pages: AsyncIterable<readonly RecordedRelease[]>,
): AsyncGenerator<readonly Row[]> {
  const names = new Map<string, string>();
  for await (const page of pages) {
    for (const { clientId } of page) {
      if (names.has(clientId)) continue;
      names.set(clientId, (await clients.find(clientId))?.name ?? clientId);
    }
    yield page.map((row) => ({ ...row, app: names.get(row.clientId) ?? row.clientId }));
  }
}

const COLUMNS = ['number', 'time', 'app', 'app_id', 'channel', 'values', 'address'];

async function* writeCsv(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  yield writeCsvLines([COLUMNS]);
  for await (const page of pages) {
    yield writeCsvLines(page.map(cellsOf));
  }
}

function cellsOf({ id, releasedAt, app, clientId, channel, claims, ip }: Row): string[] {
  return [id, releasedAt.toISOString(), app, clientId, channel, claims.join(' '), ip ?? ''];
}

/** RFC 4180. An apostrophe before a cell that a spreadsheet would run as a formula makes it text. */
export function writeCsvLines(lines: readonly (readonly string[])[]): string {
  return stringify([...lines], {
    record_delimiter: 'windows',
    escape_formulas: true,
    // The library does not escape a line feed, which some spreadsheets skip before a formula.
    cast: { string: (cell) => cell.replace(/^\n/, "'\n") },
    quoted_match: /[\r\n]|^\s|\s$/,
  });
}

async function* writeJson(
  pages: AsyncIterable<readonly Row[]>,
  exportedAt: Date,
): AsyncGenerator<string> {
  yield `{"exportedAt":${JSON.stringify(exportedAt)},"releases":[`;
  let separator = '';
  for await (const page of pages) {
    let text = '';
    for (const { id, releasedAt, clientId, app, channel, claims, ip } of page) {
      text += `${separator}\n${JSON.stringify({ id, releasedAt, clientId, app, channel, claims, ip })}`;
      separator = ',';
    }
    yield text;
  }
  yield '\n]}\n';
}
