import type { Locale } from '../../platform/languages.ts';

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

// Building them costs more than rendering a page.
const cache = new Map<string, ReturnType<typeof buildFormats>>();

/** Dates and numbers in one language. Times are shown in `timeZone`; a script turns them into the reader's own. */
export function createFormats({
  locale,
  now,
  timeZone = 'UTC',
}: {
  readonly locale: Locale;
  readonly now: Date;
  /** IANA name; default UTC. */
  readonly timeZone?: string | undefined;
}) {
  const key = `${locale} ${timeZone}`;
  const { formats, relative } = cache.get(key) ?? buildFormats(locale, timeZone);
  cache.set(key, { formats, relative });
  return {
    ...formats,
    /** 3 days ago, in 2 hours; relative to `now`. */
    relative: (value: Date): string => ago(relative, value, now),
  };
}

function buildFormats(locale: Locale, timeZone: string) {
  // British order for English: the day comes before a written month, and times have 24 hours.
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
  const timeOfDay = new Intl.DateTimeFormat(tag, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
    timeZoneName: 'short',
  });
  const number = new Intl.NumberFormat(tag);
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const list = new Intl.ListFormat(tag, { style: 'long', type: 'conjunction' });
  return {
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
    formats: {
      /** 20 December 2026 */
      date: (value: Date) => date.format(value),
      /** 20 December 2026 at 14:05 UTC */
      dateTime: (value: Date) => dateTime.format(value),
      /** 14:05:09 UTC */
      timeOfDay: (value: Date) => timeOfDay.format(value),
      number: (value: number) => number.format(value),
      /** 42% for 0.42 */
      percent: (value: number) => percent.format(value),
      /** name, e-mail and phone */
      list: (values: readonly string[]) => list.format(values),
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
