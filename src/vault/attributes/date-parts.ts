import { createFormats } from '../../platform/formats.ts';

/** A date as three fields of a form, as they were typed. */
interface DateParts {
  readonly day: string;
  readonly month: string;
  readonly year: string;
}

type DatePart = keyof DateParts;

/** The fields in the order of a language: day, month, year in British English and Russian. */
export function datePartsOrder(locale: string): readonly DatePart[] {
  const names = createFormats({ locale, now: new Date(0) }).dateOrder;
  return (['day', 'month', 'year'] as const).toSorted(
    (one, other) => names.indexOf(one) - names.indexOf(other),
  );
}

/** The months by name in a language, January first. */
export function monthNames(locale: string): readonly string[] {
  const { monthName } = createFormats({ locale, now: new Date(0) });
  return Array.from({ length: 12 }, (_, month) => monthName(new Date(Date.UTC(2024, month, 1))));
}

/** The parts of a stored date: `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD` without the year. */
export function splitDate(text: string): DateParts {
  const [year = '', month = '', day = ''] = text.split('-');
  return {
    day: day.replace(/^0/, ''),
    month: month.replace(/^0/, ''),
    year: year === '0000' ? '' : year,
  };
}

/** The date that the fields spell, to be checked: a year alone is `YYYY`, a day without a year `0000-MM-DD`. */
export function joinDate({ day, month, year }: DateParts): string {
  const [d, m, y] = [day, month, year].map((part) => part.trim());
  if (d === '' && m === '') return y ?? '';
  const pad = (part: string | undefined, length: number) => (part ?? '').padStart(length, '0');
  return `${y === '' ? '0000' : (y ?? '')}-${pad(m, 2)}-${pad(d, 2)}`;
}
