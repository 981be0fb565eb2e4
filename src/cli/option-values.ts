import { InvalidArgumentError } from 'commander';

import type { CheckpointName } from '../ledger/index.ts';

/** A parser for a decimal whole number within a range, both ends included. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${String(least)} to ${String(most)}.`);
  };
}

const MOMENT =
  /^(?<day>\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Reads a day (its beginning in UTC) or a moment with its zone (RFC 3339), from year 1970 to 9999. */
export function moment(text: string): Date {
  const { day } = MOMENT.exec(text)?.groups ?? {};
  const at = new Date(text);
  if (day !== undefined && !Number.isNaN(at.getTime()) && isDay(day) && at.getTime() >= 0)
    return at;
  throw new InvalidArgumentError(
    'Give a day or a moment, such as 2026-11-20 or 2026-11-20T08:00:00Z.',
  );
}

/** False for a day that does not exist in its month, which `Date` would move to the next month. */
function isDay(day: string): boolean {
  const start = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(day);
}

/** Reads the id of an account. */
export function accountId(text: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('Give the id of an account, a UUID.');
}

/** Reads the name of a ledger checkpoint as `consentry ledger verify` prints it. */
export function checkpoint(text: string): CheckpointName {
  const [, number, digest] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text) ?? [];
  if (number !== undefined && digest !== undefined)
    return { number: Number(number), digest: digest.toLowerCase() };
  throw new InvalidArgumentError('Give number:digest, as this command prints it.');
}
