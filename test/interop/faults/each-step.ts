import { expect } from 'chai';

import type { Failure, Faults } from '../../support/measurement/faults.ts';

/** One prepared run of an operation. */
export interface Run {
  /** Sends its requests, and repeats a request once after 503. @returns the status of the last response. */
  readonly send: () => Promise<number>;
  /** Checks the state afterwards. */
  readonly verify: () => Promise<void>;
}

/** An operation that runs with a fault at each of its steps. */
export interface Operation {
  readonly name: string;
  readonly prepare: () => Promise<Run>;
  /** Kinds of faults. Default: both. */
  readonly failures?: readonly Failure[];
}

/** More steps than any operation has. */
const MOST_STEPS = 150;
/** Statuses of success; 303 is the redirect back to the app. */
const SUCCESS = [200, 201, 202, 204, 303];

/** Repeats a request once after 503, and only then. */
export async function retryUnavailable(send: () => Promise<Response>): Promise<Response> {
  const first = await send();
  if (first.status !== 503) return first;
  expect(first.headers.get('retry-after')).to.match(/^\d+$/);
  // The browser must send the same cookies again.
  expect(first.headers.getSetCookie()).to.deep.equal([]);
  await first.arrayBuffer();
  return send();
}

/** `fetch` that repeats a request once after 503. */
export const retryFetch: typeof fetch = (input, init) => retryUnavailable(() => fetch(input, init));

/** Declares a test for each operation and kind of failure. A fault is injected at step 0, 1, ... until no step is left. */
export function failEachStep(faults: () => Faults, operations: readonly Operation[]): void {
  for (const { name, prepare, failures } of operations) {
    for (const failure of failures ?? (['undone', 'answer lost'] as const)) {
      it(`(${failure}) leaves ${name} undone or done, and the same request succeeds afterwards`, async () => {
        let steps = 0;
        for (; steps < MOST_STEPS; steps += 1) {
          const { send, verify } = await prepare();
          faults().failAt(steps, failure);
          const result = await send()
            .catch((error: unknown) => error)
            .finally(() => faults().end());
          const failed = faults().end();
          const step = `step ${String(steps)}, ${String(failed)}`;
          if (result instanceof Error) throw new Error(step, { cause: result });
          expect(result, step).to.be.oneOf(SUCCESS);
          await verify().catch((error: unknown) => {
            throw new Error(step, { cause: error });
          });
          if (failed === null) break;
        }
        expect(steps).to.be.within(1, MOST_STEPS - 1);
      });
    }
  }
}
