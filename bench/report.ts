import type { Measurement } from './measure.ts';
import type { Scenario } from './scenario.ts';

/** All rounds of one scenario. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly bare: readonly Measurement[];
  readonly consentry: readonly Measurement[];
  /** Empty without `--peers`. */
  readonly 'better-auth': readonly Measurement[];
}

export type Verdict = 'meets target' | 'above floor' | 'BELOW FLOOR';

/** One line of the report: medians over the rounds. */
export interface ReportLine {
  readonly name: string;
  readonly bareMs: number;
  readonly consentryMs: number;
  /** bare / ours: 1 is as cheap as the bare library. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  readonly target: number;
  readonly floor: number;
  readonly verdict: Verdict;
  readonly postgresMs: number;
  readonly redisMs: number;
  readonly commits: number;
  readonly redisCommands: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bareP50Ms: number;
  readonly bareP99Ms: number;
  readonly rssMib: number;
}

/** Medians and marks of one scenario. Ratios are taken within a round, then the median of them. */
export function summarise({ scenario, bare, consentry }: ScenarioResult): ReportLine {
  const of = (name: keyof Measurement) => median(consentry.map((run) => run[name]));
  const ratios = consentry.map((run, round) => (bare[round]?.serverMs ?? 0) / run.serverMs);
  const ratio = median(ratios);
  return {
    name: scenario.name,
    bareMs: median(bare.map((run) => run.serverMs)),
    consentryMs: of('serverMs'),
    ratio,
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
    target: scenario.target,
    floor: scenario.floor,
    verdict: verdictOf(ratio, scenario),
    postgresMs: of('postgresMs'),
    redisMs: of('redisMs'),
    commits: of('commits'),
    redisCommands: of('redisCommands'),
    perSecond: median(consentry.map((run) => run.operations / run.seconds)),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    bareP50Ms: median(bare.map((run) => run.p50Ms)),
    bareP99Ms: median(bare.map((run) => run.p99Ms)),
    rssMib: Math.max(...consentry.map((run) => run.rssMib)),
  };
}

/** The report as a Markdown table, so that it can be pasted into the documentation. */
export function renderReport(lines: readonly ReportLine[]): string {
  const heading = [
    'scenario',
    'bare ms',
    'ours ms',
    'ratio',
    'range',
    'target',
    'floor',
    'verdict',
    'Postgres ms',
    'Redis ms',
    'commits',
    'Redis cmds',
    'ops/s',
    'p50/p99 ms',
    'bare p50/p99',
  ];
  const rows = lines.map((line) => [
    line.name,
    line.bareMs.toFixed(3),
    line.consentryMs.toFixed(3),
    line.ratio.toFixed(2),
    `${line.lowestRatio.toFixed(2)}-${line.highestRatio.toFixed(2)}`,
    line.target.toFixed(2),
    line.floor.toFixed(2),
    line.verdict,
    line.postgresMs.toFixed(3),
    line.redisMs.toFixed(3),
    line.commits.toFixed(2),
    line.redisCommands.toFixed(1),
    line.perSecond.toFixed(0),
    `${line.p50Ms.toFixed(1)}/${line.p99Ms.toFixed(1)}`,
    `${line.bareP50Ms.toFixed(1)}/${line.bareP99Ms.toFixed(1)}`,
  ]);
  return renderTable(heading, rows);
}

/** The cost of the bare library by itself, to check the benchmark. */
export function renderBare(results: readonly ScenarioResult[]): string {
  const rows = results.map(({ scenario, bare }) => [
    scenario.name,
    median(bare.map((run) => run.serverMs)).toFixed(3),
    median(bare.map((run) => run.workerThreadsMs)).toFixed(3),
    median(bare.map((run) => run.operations / run.seconds)).toFixed(0),
    median(bare.map((run) => run.p50Ms)).toFixed(1),
    median(bare.map((run) => run.p99Ms)).toFixed(1),
    Math.max(...bare.map((run) => run.rssMib)).toFixed(0),
  ]);
  const heading = ['scenario', 'bare ms', 'in workers', 'ops/s', 'p50 ms', 'p99 ms', 'RSS MiB'];
  return renderTable(heading, rows);
}

/** CPU of better-auth beside ours; a ratio above 1: ours is cheaper. */
export function renderPeers(results: readonly ScenarioResult[]): string {
  const rows = results.map(({ scenario, bare, consentry, 'better-auth': peer }) => {
    const of = (runs: readonly Measurement[], name: keyof Measurement) =>
      median(runs.map((run) => run[name]));
    const [bareMs, oursMs, peerMs] = [bare, consentry, peer].map((runs) => of(runs, 'serverMs'));
    return [
      scenario.name,
      ...[bareMs, oursMs, peerMs].map((ms) => (ms ?? Number.NaN).toFixed(3)),
      ((peerMs ?? Number.NaN) / (oursMs ?? Number.NaN)).toFixed(2),
      of(consentry, 'postgresMs').toFixed(3),
      of(peer, 'postgresMs').toFixed(3),
      Math.max(...peer.map((run) => run.rssMib)).toFixed(0),
    ];
  });
  const heading = ['scenario', 'bare ms', 'ours ms', 'peer ms', 'peer / ours'];
  const stores = ['Postgres ms, ours', 'Postgres ms, peer', 'RSS MiB, peer'];
  return renderTable([...heading, ...stores], rows);
}

/** A Markdown table with columns of equal width. */
export function renderTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = heading.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(heading), line(rule), ...rows.map(line)].join('\n');
}

/** How a ratio compares with its target and its floor; more is better. */
export function verdictOf(
  ratio: number,
  { target, floor }: Pick<Scenario, 'target' | 'floor'>,
): Verdict {
  if (ratio >= target) return 'meets target';
  return ratio >= floor ? 'above floor' : 'BELOW FLOOR';
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
