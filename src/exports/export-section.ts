/** One kind of thing that the server keeps about a person, as part of an export. */
export interface ExportSection {
  /** Its key in `data.json`; its words are `exports:section.<name>.title` and `.none`. */
  readonly name: string;
  /** The fields of each record on the readable page, in this order; labels are `exports:field.<field>`. */
  readonly fields: readonly string[];
  /** Everything, piece by piece: an export never has a whole section in memory. */
  read(subject: ExportSubject): AsyncIterable<ExportRecord>;
  /** Files that belong to it, for example pictures; they go into a folder with the name of the section. */
  files?(subject: ExportSubject): AsyncIterable<ExportFile>;
}

/** The owner of the data, and the language of the readable page. */
export interface ExportSubject {
  readonly accountId: string;
  readonly locale: ExportLocale;
}

export type ExportLocale = 'en' | 'ru';

export interface ExportRecord {
  /** Its name on the readable page. */
  readonly heading: string;
  /** Its form in `data.json`. Dates become ISO 8601. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface ExportFile {
  /** Without folders. */
  readonly name: string;
  /** Read when its turn comes. */
  readonly read: () => AsyncIterable<Buffer>;
}

/** Finds words: `key` with its namespace, `exports:title`. Of several keys the first that exists. */
export type ExportWords = (
  locale: ExportLocale,
  key: string | readonly string[],
  values?: Readonly<Record<string, unknown>>,
) => string;
