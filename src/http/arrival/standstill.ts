import type { Logger } from '../../platform/logger.ts';

/** Notices that this process did nothing for a while: it was stopped, or it was busy with one thing. */
export interface Standstill {
  /** True for requests that may have waited longer than the limit, until they have all been read. */
  isRecent(): boolean;
  stop(): void;
}

const BEAT_MS = 500;

/** Watches until it is stopped; keeps no process alive. */
export function watchForStandstill({
  limitMs,
  log,
}: {
  readonly limitMs: number;
  readonly log: Logger;
}): Standstill {
  let beatAt = performance.now();
  let movedAt = beatAt;
  const beat = setInterval(() => {
    const ms = performance.now() - beatAt;
    beatAt = performance.now();
    // Until the next beat, requests that arrived meanwhile are still being read.
    if (ms > limitMs) log.warn({ ms: Math.round(ms) }, 'this process stood still');
    else movedAt = beatAt;
  }, BEAT_MS).unref();
  return Object.freeze({
    // The first requests are read before the timer runs.
    isRecent: () => performance.now() - movedAt > limitMs,
    stop: () => clearInterval(beat),
  });
}
