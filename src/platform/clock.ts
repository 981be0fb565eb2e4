/** The only source of the present moment, so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** Seconds since 1970, rounded down: NumericDate of RFC 7519 §2. */
export function epochSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() };
