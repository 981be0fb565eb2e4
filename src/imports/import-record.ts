/** One fault of a line. Never contains content of the line. */
export interface Problem {
  /** Path within the record: `email`, `phones.2`; null for the line as a whole. */
  readonly field: string | null;
  /** Stable, as in the APIs. */
  readonly code: string;
}

/** A problem with its place in the file. */
export interface LineProblem extends Problem {
  readonly line: number;
}

/** One record of the file: its fields by name, or the problem if it cannot be parsed. */
export interface SourceRecord {
  /** Where it begins, counted from 1. */
  readonly line: number;
  /** Bytes of the file up to the end of this record. */
  readonly bytes: number;
  readonly content:
    { readonly fields: Readonly<Record<string, unknown>> } | { readonly problem: Problem };
}

/** Maximum length of a record; a longer one is refused without being kept in memory. */
export const LONGEST_RECORD_BYTES = 1024 * 1024;
