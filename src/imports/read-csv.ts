import { Readable } from 'node:stream';

import { CsvError, parse } from 'csv-parse';

import { AppError } from '../platform/app-error.ts';
import { LONGEST_RECORD_BYTES, type SourceRecord } from './import-record.ts';

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly bytes: number; readonly empty_lines: number };
}

/**
 * Reads CSV (RFC 4180) with a header line. An empty cell is an absent field. `checkColumns` throws an AppError for a header with
 * columns that mean nothing.
 * @throws AppError `columns_invalid`; `csv_invalid` where the rest of the file cannot be split into records.
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  { checkColumns }: { readonly checkColumns: (columns: readonly string[]) => void },
): AsyncGenerator<SourceRecord> {
  const parser = Readable.from(chunks).compose(
    parse({
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: LONGEST_RECORD_BYTES,
    }),
  );
  let columns: readonly string[] | null = null;
  let endOfLast = 0;
  let emptyLines = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      const line = endOfLast + 1 + info.empty_lines - emptyLines;
      endOfLast = info.lines;
      emptyLines = info.empty_lines;
      if (columns !== null) {
        yield { line, bytes: info.bytes, content: contentOf(columns, record) };
        continue;
      }
      columns = record.map((name) => name.trim());
      checkColumns(columns);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new AppError('invalid', 'csv_invalid', {
      cause: error,
      detail: `From line ${String(endOfLast + 1)} on, the file cannot be read as CSV (${describe(error.code)}).`,
    });
  }
  if (columns === null) checkColumns([]);
}

function contentOf(columns: readonly string[], cells: readonly string[]): SourceRecord['content'] {
  if (cells.length !== columns.length)
    return { problem: { field: null, code: 'columns_mismatch' } };
  // The parser's replacement for bytes that are not UTF-8.
  if (cells.some((cell) => cell.includes('\uFFFD')))
    return { problem: { field: null, code: 'not_utf8' } };
  const fields = Object.create(null) as Record<string, unknown>;
  for (const [index, name] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (cell !== '') fields[name] = cell;
  }
  return { fields };
}

function describe(code: string): string {
  return code.toLowerCase().replace(/^csv_/, '').replaceAll('_', ' ');
}
