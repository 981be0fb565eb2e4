import { Readable } from 'node:stream';

import type { Clients } from '../clients/index.ts';
import type { Ledger, RecordedRelease, ReleaseCursor, ReleaseFilter } from '../ledger/index.ts';
import type { Clock } from '../platform/clock.ts';

export interface ExportReleasesDeps {
  readonly ledger: Pick<Ledger, 'list'>;
  readonly clients: Pick<Clients, 'find'>;
  readonly clock: Clock;
}

export interface ExportReleasesInput {
  readonly filter: ReleaseFilter;
  readonly format: 'csv' | 'json';
}

const ROWS_AT_ONCE = 500;

/**
 * Everything apps were handed, newest first, as a file that is read from the ledger while it is sent: memory does not
 * grow with it. Rows that are written meanwhile are not in it.
 * @throws AppError `database_unavailable` before anything is sent; a later outage breaks the file off.
 */
export async function exportReleases(
  deps: ExportReleasesDeps,
  { filter, format }: ExportReleasesInput,
): Promise<Readable> {
  const nameOf = rememberNames(deps.clients);
  const first = await readPage(deps, filter, undefined);
  const rows = pagesFrom(deps, filter, first);
  return Readable.from(
    format === 'csv' ? writeCsv(rows, nameOf) : writeJson(rows, { nameOf, now: deps.clock.now() }),
    { objectMode: false },
  );
}

type Pages = AsyncGenerator<readonly RecordedRelease[]>;
type NameOf = (clientId: string) => Promise<string>;

async function* pagesFrom(
  deps: ExportReleasesDeps,
  filter: ReleaseFilter,
  first: readonly RecordedRelease[],
): Pages {
  for (let page = first; page.length > 0;) {
    yield page;
    if (page.length < ROWS_AT_ONCE) return;
    page = await readPage(deps, filter, page.at(-1));
  }
}

function readPage(
  { ledger }: ExportReleasesDeps,
  filter: ReleaseFilter,
  before: ReleaseCursor | undefined,
): Promise<RecordedRelease[]> {
  return ledger.list({
    ...filter,
    ...(before === undefined ? {} : { before }),
    limit: ROWS_AT_ONCE,
  });
}

const COLUMNS = ['number', 'time', 'app', 'app_id', 'channel', 'values', 'address'];

async function* writeCsv(pages: Pages, nameOf: NameOf): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const page of pages) {
    let text = '';
    for (const release of page) {
      const { id, releasedAt, clientId, channel, claims, ip } = release;
      const name = await nameOf(clientId);
      const time = releasedAt.toISOString();
      text += csvLine([id, time, name, clientId, channel, claims.join(' '), ip ?? '']);
    }
    yield text;
  }
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is made text by an apostrophe. */
export function csvLine(cells: readonly string[]): string {
  const written = cells.map((cell) => {
    const safe = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
    return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${written.join(',')}\r\n`;
}

async function* writeJson(
  pages: Pages,
  { nameOf, now }: { readonly nameOf: NameOf; readonly now: Date },
): AsyncGenerator<string> {
  yield `{"exportedAt":${JSON.stringify(now)},"releases":[`;
  let isFirst = true;
  for await (const page of pages) {
    let text = '';
    for (const { id, releasedAt, clientId, channel, claims, ip } of page) {
      const app = await nameOf(clientId);
      const entry = { id, releasedAt, clientId, app, channel, claims, ip };
      text += `${isFirst ? '' : ','}\n${JSON.stringify(entry)}`;
      isFirst = false;
    }
    yield text;
  }
  yield '\n]}\n';
}

/** An app that is gone goes by its id. */
function rememberNames(clients: Pick<Clients, 'find'>): NameOf {
  const names = new Map<string, Promise<string>>();
  return (clientId) => {
    const known =
      names.get(clientId) ?? clients.find(clientId).then((client) => client?.name ?? clientId);
    names.set(clientId, known);
    return known;
  };
}
