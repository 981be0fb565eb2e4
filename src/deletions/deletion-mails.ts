import { createFormats } from '../platform/formats.ts';
import type { Locale } from '../platform/languages.ts';
import { type Attribute, timeZoneOf } from '../vault/index.ts';

/** A day in the person's time zone, else in UTC, for a sentence of a mail. `attributes` are the values of the person. */
export function dayIn(locale: Locale, date: Date, attributes: readonly Attribute[]): string {
  const timeZone = timeZoneOf(attributes);
  const day = createFormats({ locale, now: date, timeZone }).date(date);
  return timeZone === undefined ? `${day} (UTC)` : day;
}
