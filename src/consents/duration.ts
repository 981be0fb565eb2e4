import { DURATIONS, type Duration } from '../clients/index.ts';

export { DURATIONS, type Duration };

const DAY_MS = 86_400_000;

/** Is `duration` no longer than `longest`? */
export function isWithin(duration: Duration, longest: Duration): boolean {
  return DURATIONS.indexOf(duration) <= DURATIONS.indexOf(longest);
}

/** The durations that can be chosen when `longest` is the maximum. */
export function durationsUpTo(longest: Duration): Duration[] {
  return DURATIONS.filter((duration) => isWithin(duration, longest));
}

/** The expiry of a decision made at `decidedAt`; null when only a read or the person ends it. */
export function expiryOf(duration: Duration, decidedAt: Date): Date | null {
  if (duration === '30_days') return new Date(decidedAt.getTime() + 30 * DAY_MS);
  if (duration !== '1_year') return null;
  const expiry = new Date(decidedAt);
  expiry.setUTCFullYear(expiry.getUTCFullYear() + 1);
  return expiry;
}
