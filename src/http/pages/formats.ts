import type { Locale } from './i18n.ts';

/** Dates and numbers in the reader's language. Times are shown in `timeZone`; a script turns them into the reader's own. */
export interface Formats {
  /** 20 December 2026 */
  date(value: Date): string;
  /** 20 December 2026 at 14:05 UTC */
  dateTime(value: Date): string;
  /** 3 days ago, in 2 hours; from the clock's now. */
  relative(value: Date): string;
  number(value: number): string;
  /** 42% for 0.42 */
  percent(value: number): string;
  /** name, e-mail and phone */
  list(values: readonly string[]): string;
}

export interface FormatOptions {
  readonly locale: Locale;
  readonly now: Date;
  /** IANA name; default UTC. */
  readonly timeZone?: string;
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

interface FixedFormats {
  readonly formats: Omit<Formats, 'relative'>;
  readonly relative: Intl.RelativeTimeFormat;
}

// Building them costs more than rendering a page.
const cache = new Map<string, FixedFormats>();

/** Formats for one language and time zone. */
export function createFormats({ locale, now, timeZone = 'UTC' }: FormatOptions): Formats {
  const key = `${locale} ${timeZone}`;
  const fixed = cache.get(key) ?? buildFormats(locale, timeZone);
  cache.set(key, fixed);
  return Object.freeze({
    ...fixed.formats,
    relative: (value: Date) => ago(fixed.relative, value, now),
  });
}

function buildFormats(locale: Locale, timeZone: string): FixedFormats {
  // British order for English: day before month cannot be misread, and times have 24 hours everywhere.
  const tag = locale === 'en' ? 'en-GB' : locale;
  const date = new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone });
  const dateTime = new Intl.DateTimeFormat(tag, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  });
  const number = new Intl.NumberFormat(tag);
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const list = new Intl.ListFormat(tag, { style: 'long', type: 'conjunction' });
  return {
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
    formats: {
      date: (value) => date.format(value),
      dateTime: (value) => dateTime.format(value),
      number: (value) => number.format(value),
      percent: (value) => percent.format(value),
      list: (values) => list.format(values),
    },
  };
}

function ago(format: Intl.RelativeTimeFormat, value: Date, now: Date): string {
  const seconds = (value.getTime() - now.getTime()) / 1_000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}
