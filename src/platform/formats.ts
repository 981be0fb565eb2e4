import type { Locale } from './languages.ts';

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** The regional form of a language for dates and numbers: British for English, so that the day comes before the month. */
export function formatLocale(locale: Locale): Locale {
  return locale === 'en' ? 'en-GB' : locale;
}

// Building them costs more than rendering a page.
const cache = new Map<string, ReturnType<typeof buildFormats>>();

export interface FormatOptions {
  readonly locale: Locale;
  readonly now: Date;
  /** IANA name; default UTC. */
  readonly timeZone?: string | undefined;
  /** Whether times name their zone. `none` is for readers who know that it is their own. Default: `short`. */
  readonly zoneName?: 'short' | 'none';
}

/** Dates, numbers and lists in one language: the only place that formats them. Times are shown in `timeZone`. */
export function createFormats(options: FormatOptions) {
  const { locale, now, timeZone = 'UTC', zoneName = 'short' } = options;
  const key = `${locale} ${timeZone} ${zoneName}`;
  const { formats, relative } = cache.get(key) ?? buildFormats({ locale, timeZone, zoneName });
  cache.set(key, { formats, relative });
  return {
    ...formats,
    /** 3 days ago, in 2 hours; relative to `now`. */
    relative: (value: Date): string => ago(relative, value, now),
  };
}

export type Formats = ReturnType<typeof createFormats>;

function buildFormats({
  locale,
  timeZone,
  zoneName,
}: Required<Pick<FormatOptions, 'locale' | 'zoneName'>> & { readonly timeZone: string }) {
  const tag = formatLocale(locale);
  const zone = { timeZone, timeZoneName: zoneName === 'none' ? undefined : zoneName } as const;
  const calendarDay = new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' });
  const time = new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', ...zone });
  const date = new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone });
  const month = new Intl.DateTimeFormat(tag, { month: 'long', timeZone });
  const dayOfYear = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'long', timeZone });
  const dateTime = new Intl.DateTimeFormat(tag, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...zone,
  });
  const timeOfDay = new Intl.DateTimeFormat(tag, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
    timeZoneName: 'short',
  });
  const number = new Intl.NumberFormat(tag);
  const exact = new Intl.NumberFormat(tag, { maximumFractionDigits: 15 });
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const list = new Intl.ListFormat(tag, { style: 'long', type: 'conjunction' });
  return {
    relative: new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }),
    formats: {
      /** 20 December 2026 */
      date: (value: Date) => textOf(date, value),
      /** 20 December 2026 for the midnight with which UTC begins that day: a day of a calendar, the same in every time zone. */
      calendarDay: (value: Date) => textOf(calendarDay, value),
      /** The parts of a written date in their order. */
      dateOrder: date.formatToParts(0).map(({ type }) => type),
      /** December */
      monthName: (value: Date) => month.format(value),
      /** 20 December */
      dayOfYear: (value: Date) => textOf(dayOfYear, value),
      /** 20 December 2026 at 14:05 UTC */
      dateTime: (value: Date) => textOf(dateTime, value),
      /** 14:05 UTC */
      time: (value: Date) => textOf(time, value),
      /** 14:05:09 UTC */
      timeOfDay: (value: Date) => timeOfDay.format(value),
      number: (value: number) => number.format(value),
      /** With every digit. */
      exactNumber: (value: number) => exact.format(value),
      /** 42% for 0.42 */
      percent: (value: number) => percent.format(value),
      /** 1.4 MB for 1 400 000 */
      fileSize: (bytes: number) => fileSize(tag, bytes),
      /** 14 days, 12 hours, 30 minutes: in the largest unit of which it is a whole number. */
      duration: (seconds: number) => duration(tag, seconds),
      /** name, e-mail and phone */
      list: (values: readonly string[]) => list.format(values),
    },
  };
}

function duration(tag: Locale, seconds: number): string {
  const [unit, size] =
    (
      [
        ['day', 86_400],
        ['hour', 3_600],
        ['minute', 60],
      ] as const
    ).find(([, length]) => seconds % length === 0) ?? (['second', 1] as const);
  const format = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(tag, format).format(seconds / size);
}

function fileSize(tag: Locale, bytes: number): string {
  const units = ['kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes / 1_000) / 3)));
  const unit = units[step] ?? 'kilobyte';
  const format = { style: 'unit', unit, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(tag, format).format(Math.max(bytes / 1_000 ** (step + 1), 0.1));
}

/** Without the abbreviated word for "year" of some languages (Russian "г."), whose full stop would end the sentence. */
function textOf(format: Intl.DateTimeFormat, value: Date): string {
  return format
    .formatToParts(value)
    .map((part) =>
      part.type === 'literal' ? part.value.replace(/\s\p{L}\.(?=\s|$)/u, '') : part.value,
    )
    .join('');
}

function ago(format: Intl.RelativeTimeFormat, value: Date, now: Date): string {
  const seconds = (value.getTime() - now.getTime()) / 1_000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** A title inside a sentence: "full name". A title that begins with several capitals keeps them. */
function inSentence(title: string): string {
  const [first = '', second = ''] = title;
  const isWord = second === second.toLocaleLowerCase();
  return isWord ? first.toLocaleLowerCase() + title.slice(first.length) : title;
}

/** Titles inside a sentence: "full name, e-mail". */
export function titlesInSentence(titles: readonly string[]): string {
  return titles.map(inSentence).join(', ');
}

/** Titles as a value of their own: "Full name, e-mail". */
export function titleList([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first}, ${titlesInSentence(others)}`;
}
