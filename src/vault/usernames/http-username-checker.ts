import type { Clock } from '../../platform/clock.ts';

/** The answer of another service about a username. It is for information: no decision here depends on it. */
export type ServiceAnswer = 'free' | 'taken' | 'unknown';

/** Another service at which a username is looked up. */
export interface UsernameChecker {
  /** The name of the service for people. */
  readonly name: string;
  /** Never throws; answers `unknown` within seconds when the service does not answer. */
  check(username: string): Promise<ServiceAnswer>;
}

const TIMEOUT_MS = 3_000;
/** Consecutive failures after which a service gets no request for a while. */
const MOST_FAILURES = 3;
const PAUSE_MS = 30_000;

/**
 * Sends the check to another service over HTTP. A service that fails three times in a row gets no request for half a minute, so
 * that people do not wait for it: the answer is `unknown` at once; then one request tries again.
 */
export function createHttpUsernameChecker(options: {
  readonly name: string;
  /** Address with `{username}` in it. Status 404 means free, 2xx taken. */
  readonly url: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}): UsernameChecker {
  const { name, url, clock, timeoutMs = TIMEOUT_MS } = options;
  const state = { failures: 0, pausedUntil: 0 };
  const fail = (): ServiceAnswer => {
    state.failures += 1;
    if (state.failures >= MOST_FAILURES) state.pausedUntil = clock.now().getTime() + PAUSE_MS;
    return 'unknown';
  };
  return {
    name,
    check: async (username) => {
      const now = clock.now().getTime();
      if (now < state.pausedUntil) return 'unknown';
      // Checks during this request are answered `unknown`.
      if (state.failures >= MOST_FAILURES) state.pausedUntil = now + PAUSE_MS;
      const answer = await requestAnswer(
        url.replace('{username}', encodeURIComponent(username)),
        timeoutMs,
      );
      if (answer === 'unknown') return fail();
      state.failures = 0;
      state.pausedUntil = 0;
      return answer;
    },
  };
}

async function requestAnswer(address: string, timeoutMs: number): Promise<ServiceAnswer> {
  try {
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (response.status === 404) return 'free';
    return response.ok ? 'taken' : 'unknown';
  } catch {
    return 'unknown';
  }
}
