import type { ExportSubject } from '../export-section.ts';

/** One thing on the readable page of an export, in the language of the person. All members are text, not markup. */
export interface ReadableEntry {
  /** When it happened. Entries with a time are grouped by day. */
  readonly at?: Date;
  /** A name, or a sentence about who did what. */
  readonly title: string;
  /** Values of the person, one a line. */
  readonly values?: readonly string[];
  /** Further facts. */
  readonly notes?: readonly string[];
}

/** One part of the readable page. Its words are `exports:part.<name>.title` and `.none`. */
export interface ReadablePart {
  readonly name: string;
  /** Entry by entry: an export never holds all of them in memory. */
  read(subject: ExportSubject): AsyncIterable<ReadableEntry>;
}
