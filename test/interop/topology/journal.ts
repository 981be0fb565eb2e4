/** Operations of the mixed load. */
export const OPERATIONS = [
  'sign-in',
  'refresh',
  'userinfo',
  'introspection',
  'revocation',
  'withdrawal',
  'use of an ended token',
  'double redemption',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * - `expected`: a correct response to the operation in its state;
 * - `unavailable`: 503 with Retry-After;
 * - `lost`: no response, or one caused by a proxy or a crash (another 5xx, 503 without Retry-After);
 * - `wrong`: an incorrect response.
 */
export type Verdict = 'expected' | 'unavailable' | 'lost' | 'wrong';

/** One request as seen by its sender. Times are milliseconds of `performance.now()`. */
export interface Entry {
  readonly user: number;
  readonly operation: Operation;
  /** Method and path, without the query. */
  readonly request: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Null: no response. */
  readonly status: number | null;
  readonly verdict: Verdict;
  readonly detail: string;
}

/** A token of an app. */
export interface HeldToken {
  readonly kind: 'access' | 'refresh';
  readonly value: string;
  readonly clientId: string;
}

/**
 * The last acknowledged state of tokens: `issued` is valid, `ended` (revoked, withdrawn) must never be valid again. A rotated
 * refresh token is `used`: during the grace period it gets the same response again. After a change without a response a token is
 * `unknown` until the change is repeated.
 */
export type TokenState = 'issued' | 'ended' | 'used' | 'unknown';

export interface Acknowledgement {
  readonly at: number;
  readonly user: number;
  readonly state: TokenState;
  readonly tokens: readonly HeldToken[];
}

/** A fault that a test causes, and the documented guarantees that do not hold during it. */
export interface Fault {
  readonly name: string;
  /** Unfinished sign-ins and unused codes may be lost, because Redis loses them. */
  readonly losesInteractions?: true;
  /** The acknowledgement of a commit may be lost, so that a code or a rotated refresh token may already be used. */
  readonly leavesCommitsUnknown?: true;
}

export interface FaultTime {
  readonly fault: Fault;
  readonly beganAt: number;
  endedAt: number;
}

export interface Journal {
  readonly entries: readonly Entry[];
  readonly acknowledgements: readonly Acknowledgement[];
  readonly faults: readonly Readonly<FaultTime>[];
  record(entry: Entry): void;
  acknowledge(acknowledgement: Acknowledgement): void;
  /** Tokens of a user in a state, oldest first, each with the start time of that state. */
  tokensIn(user: number, state: TokenState): readonly { token: HeldToken; since: number }[];
  /** The fault that is active or was active within the last {@link RECOVERY_MS}. */
  currentFault(): Fault | undefined;
  /** Runs `work` and records its duration as that of the fault. */
  during<T>(fault: Fault, work: () => Promise<T>): Promise<T>;
}

/** The service recovers within this time after a fault, without an operator. */
export const RECOVERY_MS = 30_000;
/** A withdrawal or revocation takes effect on every node within this time. */
export const ENDED_WITHIN_MS = 1_000;
/** Requests are answered within this time also during an outage: twice the documented five seconds, for a busy machine. */
const ANSWERED_WITHIN_MS = 10_000;

/** A journal without requests. `faults` are earlier ones, from which the service may still have to recover. */
export function openJournal(faults: FaultTime[] = []): Journal {
  const entries: Entry[] = [];
  const acknowledgements: Acknowledgement[] = [];
  return {
    entries,
    acknowledgements,
    faults,
    record: (entry) => void entries.push(entry),
    acknowledge: (acknowledgement) => void acknowledgements.push(acknowledgement),
    tokensIn: (user, state) =>
      [...replay(acknowledgements.filter((known) => known.user === user)).values()].filter(
        (held) => held.state === state,
      ),
    currentFault: () =>
      faults.findLast(({ endedAt }) => performance.now() < endedAt + RECOVERY_MS)?.fault,
    during: async (fault, work) => {
      const time: FaultTime = { fault, beganAt: performance.now(), endedAt: Infinity };
      faults.push(time);
      try {
        return await work();
      } finally {
        time.endedAt = performance.now();
      }
    },
  };
}

/** The state of every token after the acknowledgements, by its value. */
export function replay(acknowledgements: readonly Acknowledgement[]) {
  const states = new Map<string, { token: HeldToken; state: TokenState; since: number }>();
  for (const { at, state, tokens } of acknowledgements)
    for (const token of tokens) states.set(token.value, { token, state, since: at });
  return states;
}

/** Every entry of the journal that breaks a guarantee, one sentence each. */
export function findViolations({ entries, faults }: Journal): readonly string[] {
  const isExcused = ({ sentAt, answeredAt }: Entry): boolean =>
    faults.some(({ beganAt, endedAt }) => answeredAt >= beganAt && sentAt <= endedAt + RECOVERY_MS);
  return entries.flatMap((entry) => {
    const { verdict } = entry;
    if (verdict === 'expected') return [];
    if (verdict === 'unavailable') {
      const ms = entry.answeredAt - entry.sentAt;
      if (!isExcused(entry)) return [describe(entry, 'unavailable without a fault')];
      if (ms > ANSWERED_WITHIN_MS) return [describe(entry, `answered after ${ms.toFixed()} ms`)];
      return [];
    }
    return [describe(entry, verdict)];
  });
}

/** Seconds from the end of the last fault to the last failed request; 0 without a failed request. */
export function secondsToRecover({ entries, faults }: Journal): number {
  const endedAt = faults.at(-1)?.endedAt ?? Infinity;
  const failed = entries.filter(
    ({ verdict, sentAt }) => verdict !== 'expected' && sentAt > endedAt,
  );
  const last = Math.max(endedAt, ...failed.map(({ answeredAt }) => answeredAt));
  return (last - endedAt) / 1000;
}

/** Figures of a run, one line. */
export function summarise({ entries }: Journal): string {
  const count = (verdict: Verdict): number =>
    entries.filter((entry) => entry.verdict === verdict).length;
  const times = entries
    .map(({ sentAt, answeredAt }) => answeredAt - sentAt)
    .toSorted((a, b) => a - b);
  const percentile = (part: number): string =>
    (times[Math.floor(times.length * part)] ?? 0).toFixed();
  return (
    `${String(entries.length)} requests: ${String(count('expected'))} as expected, ` +
    `${String(count('unavailable'))} unavailable, ${String(count('lost'))} lost, ${String(count('wrong'))} wrong; ` +
    `p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, longest ${percentile(1 - 1e-9)} ms`
  );
}

function describe(entry: Entry, problem: string): string {
  const { operation, request, status, detail, user, sentAt } = entry;
  return `${problem}: ${operation} of user ${String(user)}, ${request} -> ${String(status ?? 'no answer')} at ${(sentAt / 1000).toFixed(2)} s. ${detail}`;
}
