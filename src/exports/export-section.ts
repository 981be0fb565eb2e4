import type { FormatOptions, Formats } from '../platform/formats.ts';
import type { Locale } from '../platform/languages.ts';

/** One kind of data that the server stores about a person, as part of an export. */
export interface ExportSection {
  /** Its key in `data.json`; its words are `exports:section.<name>.title` and `.none`. */
  readonly name: string;
  /** The fields of each record on the readable page, in this order; labels are `exports:field.<field>`. */
  readonly fields: readonly string[];
  /** All records, one by one: an export never holds a whole section in memory. */
  read(subject: ExportSubject): AsyncIterable<ExportRecord>;
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

export interface ExportRecord {
  /** Its name on the readable page. */
  readonly heading: string;
  /** The record in `data.json`. Dates become ISO 8601. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Fields that the readable page shows in other words, for example titles in place of names of claims. */
  readonly shown?: Readonly<Record<string, unknown>>;
  /** The readable page shows the same thing in another section. */
  readonly isRepeated?: boolean;
}

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
  formats(options: FormatOptions): Pick<Formats, 'dateTime' | 'number'>;
}
