const LONGEST_NAME = 64;
const NAME = /^[A-Za-z]+(?:[/_+-][\w+-]+)*$/;

/**
 * The name by which this machine knows a time zone of the IANA database, in its own spelling; null for any other text. Different
 * spellings of a zone have one name here, so the names that a caller can produce are few.
 */
export function knownTimeZone(text: string): string | null {
  if (text.length > LONGEST_NAME || !NAME.test(text)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** The day of a moment in a time zone, as YYYY-MM-DD. */
export function dayIn(timeZone: string, moment: Date): string {
  const { year, month, day } = clockIn(timeZone, moment);
  return `${year ?? ''}-${month ?? ''}-${day ?? ''}`;
}

const HOUR_MS = 3_600_000;

/** The first moment of a day (YYYY-MM-DD) in a time zone. */
export function startOfDayIn(timeZone: string, day: string): Date {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  // The difference to UTC may change during the day, so it is looked up again at the moment that was found.
  const guess = wanted - differenceAt(timeZone, wanted);
  const start = wanted - differenceAt(timeZone, guess);
  // A day can begin at one o'clock, when clocks are put forward at midnight.
  return new Date(dayIn(timeZone, new Date(start)) < day ? start + HOUR_MS : start);
}

/** The day after, as YYYY-MM-DD. */
export function dayAfter(day: string): string {
  return addDays(day, 1);
}

/** The day this number of days later, or earlier for a negative number, as YYYY-MM-DD. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 24 * HOUR_MS).toISOString().slice(0, 10);
}

function differenceAt(timeZone: string, time: number): number {
  const { year, month, day, hour, minute, second } = clockIn(timeZone, new Date(time));
  const shown = `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`;
  return Date.parse(shown) - Math.floor(time / 1_000) * 1_000;
}

// Building one costs more than many uses of it.
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockIn(timeZone: string, moment: Date): Partial<Record<string, string>> {
  const clock = clocks.get(timeZone) ?? buildClock(timeZone);
  clocks.set(timeZone, clock);
  return Object.fromEntries(clock.formatToParts(moment).map(({ type, value }) => [type, value]));
}

function buildClock(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  const time = { hour: two, minute: two, second: two, hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: two,
    day: two,
    ...time,
    timeZone,
  });
}
