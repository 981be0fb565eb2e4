import { isDefect, outage } from './postgres-failure.ts';
import type { Batch, PreparedStatement } from './statement-batch.ts';

/**
 * Milliseconds that the statements of one write may take together. The driver gives up a little later, so nothing is committed
 * after its callers were refused.
 */
export const DEADLINE_MS = 4_000;

const TEXT = `select 1 / (clock_timestamp() < now() + $1::int * interval '1 millisecond')::int as in_time`;

/**
 * A statement before a commit. It fails when the statements of its write took too long together: each of them has a limit of its
 * own, but all of them are answered at once.
 *
 * The time counts from the moment at which the server ran BEGIN, because the clocks of node and server differ. So nothing is
 * committed later than {@link DEADLINE_MS} after that moment, plus the time that the node let pass between its statements. The
 * transport of BEGIN is not counted: when a frozen server or network delivers it after the node gave up, the write is committed
 * after its callers were refused. If the node has closed the connection by then, the server ends a statement that runs or
 * waits for half a second (`beginSession`); only a write that is faster is still committed. Its callers repeat it, and each
 * write tolerates that.
 * @param begunAt when the transaction began, in milliseconds of `performance.now()`.
 */
export function deadline(begunAt: number): PreparedStatement {
  const latest = Math.round(performance.now() - begunAt) + DEADLINE_MS;
  return { name: 'deadline', text: TEXT, values: [String(latest)] };
}

/** Is it a {@link deadline}? */
export function isDeadline({ text }: Pick<PreparedStatement, 'text'>): boolean {
  return text === TEXT;
}

/** The failure of a batch; an outage when a {@link deadline} failed. */
export function failureOf({ statements, results }: Batch, failure: unknown): unknown {
  const failed = statements[results.length];
  return failed !== undefined && isDeadline(failed) && isDefect(failure)
    ? outage(failure)
    : failure;
}
