import type { Clock } from '../../src/platform/clock.ts';

/** A clock that changes only when the test sets it. */
export interface SettableClock extends Clock {
  set(time: Date | string): void;
  advance(seconds: number): void;
}

/** Starts at noon of 20 January 2026 (UTC) when no time is given. */
export function settableClock(start: Date | string = '2026-01-20T12:00:00Z'): SettableClock {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    set: (value) => {
      time = new Date(value).getTime();
    },
    advance: (seconds) => {
      time += seconds * 1000;
    },
  };
}
