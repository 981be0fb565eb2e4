import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `isTrue` says so.
 * @throws Error after `withinMs`, naming what was waited for.
 */
export async function waitFor(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 1_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`not within ${String(withinMs)} ms: ${what}`);
    await sleep(5);
  }
}
