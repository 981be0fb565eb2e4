import { expect } from 'chai';

import type { Failure, Faults } from '../../support/faults.ts';

/** One run of an operation: everything it needs is ready. */
export interface Run {
  /** Sends its requests, each of them once more when it is answered 503. @returns the status of the last answer. */
  readonly send: () => Promise<number>;
  /** What holds afterwards. */
  readonly verify: () => Promise<void>;
}

/** What is tried with a fault at each of its steps. */
export interface Operation {
  readonly name: string;
  readonly prepare: () => Promise<Run>;
  /** Default: both. */
  readonly failures?: readonly Failure[];
}

/** More than any of them takes. */
const MOST_STEPS = 150;
/** Of a request that was done; of a visitor who is back at the app, the redirect. */
const GOOD = [200, 201, 202, 204, 303];

/** As a careful client: what is answered 503 is sent once more, and nothing else is. */
export async function insistOn(send: () => Promise<Response>): Promise<Response> {
  const first = await send();
  if (first.status !== 503) return first;
  expect(first.headers.get('retry-after')).to.match(/^\d+$/);
  // The browser has to send the same cookies again.
  expect(first.headers.getSetCookie()).to.deep.equal([]);
  await first.arrayBuffer();
  return send();
}

/** `fetch` of a careful client. */
export const insist: typeof fetch = (input, init) => insistOn(() => fetch(input, init));

/** One test for each operation and kind of failure: the operation runs until it has no step left that could fail. */
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
          expect(result, step).to.be.oneOf(GOOD);
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
