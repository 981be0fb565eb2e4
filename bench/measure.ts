import type { Operation } from './scenario.ts';
import type { Subject, SubjectReading } from './subject.ts';

/** The result of one counted run of one scenario at one server. */
export interface Measurement {
  readonly operations: number;
  readonly seconds: number;
  /** CPU of all processes of the server, milliseconds per operation. */
  readonly serverMs: number;
  /** The part of it in worker threads (hashing, signing). */
  readonly workerThreadsMs: number;
  readonly postgresMs: number;
  readonly redisMs: number;
  readonly commits: number;
  readonly redisCommands: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMib: number;
}

export interface MeasureOptions {
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly leastWarmUpOperations: number;
}

/**
 * Runs the operations side by side, first uncounted, then counted.
 * @throws the first error of an operation: a wrong answer ends the benchmark.
 */
export async function measure(
  subject: Subject,
  operations: readonly Operation[],
  { warmUpSeconds, seconds, leastWarmUpOperations }: MeasureOptions,
): Promise<Measurement> {
  await drive(operations, { seconds: warmUpSeconds, least: leastWarmUpOperations }, []);
  const before = await subject.read();
  const latencies: number[] = [];
  const startedAt = performance.now();
  await drive(operations, { seconds, least: 0 }, latencies);
  const elapsed = (performance.now() - startedAt) / 1000;
  const after = await subject.read();
  return summarise(latencies, elapsed, { before, after });
}

async function drive(
  operations: readonly Operation[],
  { seconds, least }: { readonly seconds: number; readonly least: number },
  latencies: number[],
): Promise<void> {
  let finished = 0;
  const endsAt = performance.now() + seconds * 1000;
  await Promise.all(
    operations.map(async (operation) => {
      for (let now = performance.now(); now < endsAt || finished < least;) {
        if ((await operation()) === 'nothing left') return;
        const finishedAt = performance.now();
        latencies.push(finishedAt - now);
        finished += 1;
        now = finishedAt;
      }
    }),
  );
}

function summarise(
  latencies: number[],
  seconds: number,
  { before, after }: { before: SubjectReading; after: SubjectReading },
): Measurement {
  const operations = latencies.length;
  if (operations === 0) throw new Error('no operation finished in the counted run');
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (share: number) => sorted[Math.floor((operations - 1) * share)] ?? 0;
  const perOperation = (name: keyof SubjectReading) => (after[name] - before[name]) / operations;
  return {
    operations,
    seconds,
    serverMs: perOperation('serverMs'),
    workerThreadsMs: perOperation('workerThreadsMs'),
    postgresMs: perOperation('postgresMs'),
    redisMs: perOperation('redisMs'),
    commits: perOperation('commits'),
    redisCommands: perOperation('redisCommands'),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    rssMib: after.rssMib,
  };
}
