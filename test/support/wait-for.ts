import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `isTrue` returns true. Changes reach other nodes within a second of the commit.
 * @throws Error after `withinMs` with the description.
 */
export async function waitFor(
  description: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 1_000,
): Promise<void> {
  if (!(await isTrueWithin(isTrue, withinMs)))
    throw new Error(`not within ${String(withinMs)} ms: ${description}`);
}

/** As {@link waitFor}. @returns false after `withinMs`. */
export async function isTrueWithin(
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 1_000,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return false;
    await sleep(5);
  }
  return true;
}
