import type { FormatOptions, Formats } from '../platform/formats.ts';
import type { Locale } from '../platform/languages.ts';

/** One kind of data that the server stores about a person: a list in `data.json`, described by `export-format.ts`. */
export interface ExportSection {
  /** Its key in `data.json`. */
  readonly name: string;
  /** All records, one by one: an export never holds a whole section in memory. Dates become ISO 8601. */
  read(subject: ExportSubject): AsyncIterable<Readonly<Record<string, unknown>>>;
  /** Files that belong to it, for example pictures; they go into a folder with the name of the section. */
  files?(subject: ExportSubject): AsyncIterable<ExportFile>;
}

/** The owner of the data, and the language and time zone of the readable page. */
export interface ExportSubject {
  readonly accountId: string;
  readonly locale: Locale;
  /** The person's own; absent: UTC. */
  readonly timeZone?: string | undefined;
}

/** One file of the archive. */
export interface ExportFile {
  /** Without folders. */
  readonly name: string;
  /** Called when the file is written. */
  readonly read: () => AsyncIterable<Buffer>;
}

/** The translations of exports, and the formats of dates and numbers. */
export interface ExportWords {
  /** Translates `key`, which has its namespace: `exports:title`. Of several keys the first that exists. */
  translate(
    locale: Locale,
    key: string | readonly string[],
    values?: Readonly<Record<string, unknown>>,
  ): string;
  formats(options: FormatOptions): Formats;
}
