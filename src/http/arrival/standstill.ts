import type { Logger } from '../../platform/logger.ts';

const BEAT_MS = 500;

/**
 * Detects that this process did not run for longer than a limit, because it was suspended or one task kept it busy. It
 * runs until it is stopped and does not keep the process alive.
 */
export function watchForStandstill({
  limitMs,
  log,
}: {
  readonly limitMs: number;
  readonly log: Logger;
}) {
  let beatAt = performance.now();
  let movedAt = beatAt;
  const beat = setInterval(() => {
    const ms = performance.now() - beatAt;
    beatAt = performance.now();
    // Until the next beat, requests that arrived meanwhile are still being read.
    if (ms > limitMs) log.warn({ ms: Math.round(ms) }, 'this process was suspended or busy');
    else movedAt = beatAt;
  }, BEAT_MS).unref();
  return {
    /** True for requests that may have waited longer than the limit, until all of them were read, also before the timer runs. */
    isRecent: (): boolean => performance.now() - movedAt > limitMs,
    stop: (): void => clearInterval(beat),
  };
}
