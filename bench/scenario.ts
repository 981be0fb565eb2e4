import type { HttpDriver } from './http-driver.ts';
import type { Subject } from './subject.ts';

/** One checked operation. Throws when the answer is not the expected one. */
export type Operation = () => Promise<'done' | 'nothing left'>;

/** An operation that is measured, the same at both servers. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** It is measured with RS256 too. Default false. */
  readonly signsIdToken?: boolean;
  /** Ratios of CPU: the bare library's divided by ours. */
  readonly target: number;
  readonly floor: number;
  /** For operations that use artifacts up: the maximum share of the warm-up. */
  readonly longestWarmUpSeconds?: number;
  /** For slow operations with much code: how many warm-up operations there are at least. */
  readonly leastWarmUpOperations?: number;
  /** Prepares everything that is not counted. Returns one operation per concurrent caller. */
  prepare(stage: Stage): Promise<readonly Operation[]>;
}

/** The server and the connections of a scenario. */
export interface Stage {
  readonly subject: Subject;
  readonly http: HttpDriver;
  readonly concurrency: number;
  /** Maximum number of revoked tokens. Default: enough for a counted run. */
  readonly revocations?: number;
}

/** The same operation for every concurrent caller. */
export function forEveryCaller(stage: Stage, operation: Operation): readonly Operation[] {
  return Array.from({ length: stage.concurrency }, () => operation);
}
