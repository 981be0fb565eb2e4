import fs from 'node:fs';

import type { LineProblem } from '../../imports/index.ts';
import { createOutputFile, reopenOutputFile, type OutputFile } from '../output-file.ts';

export interface ImportReportOptions {
  /** Written as text when the name ends in `.txt`, else as one JSON object per line. */
  readonly file: string;
  /** The file with the accounts, which is never overwritten, also under another name. */
  readonly source: string;
}

/**
 * The list of faults of a file, by line. It does not contain the content of the lines. No file is created before it is
 * opened.
 */
export function createImportReport({ file, source }: ImportReportOptions) {
  const format = file.toLowerCase().endsWith('.txt') ? TEXT : JSON_LINES;
  let output: OutputFile | undefined;
  let count = 0;
  return {
    /**
     * Creates the list, or continues the list of the previous run.
     * @throws AppError `output_refused` when there is another file of this name, `output_unwritable`.
     */
    open({ isContinued }: { readonly isContinued: boolean }): void {
      output =
        isContinued && isReport(file, format)
          ? reopenOutputFile(file)
          : createOutputFile(file, { source });
    },

    /** @throws AppError `output_unwritable`. */
    add(problem: LineProblem): void {
      count += 1;
      output?.append(format.write(problem));
    },
    count(): number {
      return count;
    },

    /** An empty list is removed. */
    close(): void {
      output?.close();
    },
  };
}

interface ReportFormat {
  write(problem: LineProblem): string;
  isLine(line: string): boolean;
}

const JSON_LINES: ReportFormat = {
  write: (problem) => `${JSON.stringify({ ...problem, message: messageOf(problem.code) })}\n`,
  isLine: (line) => /^\{"line":\d+,"field":(?:null|".*"),"code":"\w+","message":".+"\}$/.test(line),
};

const TEXT: ReportFormat = {
  write: ({ line, field, code }) =>
    `line ${String(line)}${field === null ? '' : `, ${field}`}: ${code}: ${messageOf(code)}\n`,
  isLine: (line) => /^line \d+(?:, .+)?: \w+: .+$/.test(line),
};

/** True if every line of the file has the format of this list. */
function isReport(file: string, format: ReportFormat): boolean {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines.length > 1 && lines.pop() === '' && lines.every(format.isLine);
}

const MESSAGES: Readonly<Record<string, string>> = {
  account_exists: 'This account is there already.',
  address_taken: 'An e-mail, phone number or username of this line belongs to another account.',
  boolean_expected: 'Write true or false.',
  claim_not_editable: 'Values of this claim cannot be imported.',
  claim_not_verifiable: 'Only e-mails and phone numbers can be verified.',
  claim_unknown: 'There is no such claim and no such setting.',
  columns_mismatch: 'The line has more or fewer cells than the first line of the file.',
  duplicate_in_file: 'An earlier line has the same id or the same address.',
  email_invalid: 'This is not an e-mail address.',
  field_unknown: 'A value has "value", "label" and "verified", and nothing else.',
  json_invalid: 'This is not JSON.',
  language_unknown: 'This language is not installed: it has no texts in views/ or in TEXTS_FOLDER.',
  line_too_long: 'A line can have one mebibyte.',
  no_way_to_sign_in:
    'The account has no verified e-mail or phone number, so no sign-in to it would be possible.',
  not_utf8: 'The line is not written in UTF-8.',
  object_expected: 'A line is one JSON object.',
  password_hash_unknown: 'This kind of hash is not known, or checking it would cost too much.',
  phone_number_invalid: 'This is not a phone number with a country code.',
  reason_required: 'A blocked account needs a status_reason.',
  status_unknown: 'The status is active, suspended or blocked.',
  text_expected: 'Text belongs here.',
  time_in_future: 'This time has not come yet.',
  time_invalid: 'Write the time as ISO 8601: 2026-11-20T10:00:00Z.',
  too_many_values: 'There are more values than an account can keep.',
  value_exists: 'The account has this value twice.',
  value_has_hidden_characters: 'The value has characters that cannot be seen.',
  value_invalid: 'The value does not have the form it needs.',
  value_required: 'The value is empty.',
  value_too_long: 'The value is too long.',
};

function messageOf(code: string): string {
  return MESSAGES[code] ?? 'The value does not fit the rules of this server.';
}
