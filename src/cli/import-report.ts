import fs from 'node:fs';
import { once } from 'node:events';

import type { LineProblem } from '../imports/index.ts';
import { AppError } from '../platform/app-error.ts';

/** The list of what is wrong with a file, by line. What the lines say is not in it. */
export interface ImportReport {
  /** @throws AppError `report_unwritable`. */
  open(options: { readonly isContinued: boolean }): void;
  /** Resolves when the output can take more. */
  add(problem: LineProblem): Promise<void>;
  count(): number;
  /** An empty list is removed. */
  close(): Promise<void>;
}

/** Written as text when the name ends in `.txt`, else as one JSON object per line. */
export function openImportReport(file: string): ImportReport {
  const isText = file.toLowerCase().endsWith('.txt');
  let output: fs.WriteStream | undefined;
  let count = 0;
  return {
    open: ({ isContinued }) => {
      try {
        output = fs.createWriteStream(file, {
          fd: fs.openSync(file, isContinued ? 'a' : 'w', 0o600),
        });
      } catch (cause) {
        throw new AppError('invalid', 'report_unwritable', {
          cause,
          detail: `Cannot write ${file}, where wrong lines are to be listed: ${(cause as Error).message}.`,
        });
      }
    },
    add: async (problem) => {
      count += 1;
      if (output?.write(isText ? asText(problem) : asJson(problem)) === false)
        await once(output, 'drain');
    },
    count: () => count,
    close: async () => {
      if (output === undefined) return;
      output.end();
      await once(output, 'close');
      if (fs.statSync(file).size === 0) fs.rmSync(file);
    },
  };
}

function asJson(problem: LineProblem): string {
  return `${JSON.stringify({ ...problem, message: messageOf(problem.code) })}\n`;
}

function asText({ line, field, code }: LineProblem): string {
  return `line ${String(line)}${field === null ? '' : `, ${field}`}: ${code}: ${messageOf(code)}\n`;
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
  language_unknown: 'The languages are en and ru.',
  line_too_long: 'A line can have one mebibyte.',
  no_way_to_sign_in:
    'The account has no verified e-mail or phone number, so nobody could sign in to it.',
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
