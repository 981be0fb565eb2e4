/**
 * `npm run bench`: this server and the bare library in the same interleaved run. The figure that counts is server CPU per
 * operation, and its ratio; see docs/performance.md.
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';

import { createHttpDriver } from './http-driver.ts';
import { renderLoadResults, runUnderLoad } from './load.ts';
import { measure, type Measurement } from './measure.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { measurePasswordHash } from './password-hash.ts';
import { renderBare, renderPeers, renderReport, type ScenarioResult, summarise } from './report.ts';
import type { Scenario } from './scenario.ts';
import { fullCodeFlow } from './scenarios/code-flow.ts';
import type { Subject, SubjectOptions } from './subject.ts';
import { startBetterAuth } from './subjects/better-auth.ts';
import { startBare } from './subjects/bare.ts';
import { startConsentry } from './subjects/consentry.ts';

type Algorithm = SubjectOptions['signingAlgorithm'];

interface AlgorithmResults {
  readonly algorithm: Algorithm;
  readonly results: readonly ScenarioResult[];
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.log(usage);
    return;
  }
  console.log(`Node ${process.version}, ${describeCpu()}`);
  const all: AlgorithmResults[] = [];
  const algorithms = options.scenarios.length === 0 ? [] : options.signingAlgorithms;
  for (const algorithm of algorithms) all.push(await compare(options, algorithm));
  const load = options.isWithLoad ? await runUnderLoad(options) : [];
  for (const { algorithm, results } of all) {
    console.log(`\nID tokens signed with ${algorithm}`);
    console.log(options.isBareOnly ? renderBare(results) : renderReport(results.map(summarise)));
    if (options.isWithPeers) console.log(`\nBeside better-auth\n${renderPeers(results)}`);
  }
  if (load.length > 0) console.log(`\nUnder load\n${renderLoadResults(load)}`);
  if (!options.isBareOnly && all.length > 0)
    for (const note of await describe(all)) console.log(note);
  if (options.jsonFile !== null) writeJson(options.jsonFile, { all, load });
}

/** The first algorithm runs every scenario, the others those whose ID token they sign. */
async function compare(options: BenchOptions, algorithm: Algorithm): Promise<AlgorithmResults> {
  const isFirst = algorithm === options.signingAlgorithms[0];
  const scenarios = options.scenarios.filter(({ signsIdToken }) => isFirst || signsIdToken);
  // Each caller signs in with its own account.
  const setUp = { ...options, signingAlgorithm: algorithm, accounts: options.concurrency };
  const subjects: Subject[] = [];
  try {
    subjects.push(await startBare(setUp));
    if (!options.isBareOnly) subjects.push(await startConsentry(setUp));
    if (options.isWithPeers) subjects.push(await startBetterAuth(setUp));
    return { algorithm, results: await runRounds({ ...options, scenarios }, algorithm, subjects) };
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
  }
}

type Runs = Record<Subject['name'], Measurement[]>;

function noRuns(): Runs {
  return { bare: [], consentry: [], 'better-auth': [] };
}

async function runRounds(
  options: BenchOptions,
  algorithm: Algorithm,
  subjects: readonly Subject[],
): Promise<readonly ScenarioResult[]> {
  const runs = new Map<string, Runs>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const scenario of options.scenarios) {
      const run = runs.get(scenario.name) ?? noRuns();
      runs.set(scenario.name, run);
      // The order changes every round, so that neither server always finds the warmer machine.
      const order = round % 2 === 0 ? subjects : subjects.toReversed();
      for (const subject of order) {
        await subject.restart();
        const measured = await runScenario(options, scenario, subject);
        run[subject.name].push(measured);
        process.stderr.write(
          `round ${String(round + 1)} ${scenario.name} ${subject.name}: ` +
            `${measured.serverMs.toFixed(3)} ms CPU, ${String(measured.operations)} operations, ${algorithm}\n`,
        );
      }
    }
  }
  return options.scenarios.map((scenario) => ({
    scenario,
    ...(runs.get(scenario.name) ?? noRuns()),
  }));
}

async function runScenario(
  options: BenchOptions,
  scenario: Scenario,
  subject: Subject,
): Promise<Measurement> {
  const http = createHttpDriver({ port: subject.port, connections: options.concurrency });
  try {
    const operations = await scenario.prepare({ subject, http, concurrency: options.concurrency });
    const longest = scenario.longestWarmUpSeconds ?? Infinity;
    return await measure(subject, operations, {
      seconds: options.seconds,
      warmUpSeconds: Math.min(options.warmUpSeconds, longest),
      leastWarmUpOperations: scenario.leastWarmUpOperations ?? 0,
    });
  } catch (error) {
    throw new Error(`${scenario.name} at ${subject.name}`, { cause: error });
  } finally {
    http.close();
  }
}

async function describe(all: readonly AlgorithmResults[]): Promise<readonly string[]> {
  const lines = all.flatMap(({ results }) => results.map(summarise));
  const rss = Math.max(...lines.map(({ rssMib }) => rssMib));
  const notes = [`\nThe largest server process had ${rss.toFixed(0)} MiB resident.`];
  const signIn = lines.find(({ name }) => name === fullCodeFlow.name);
  if (signIn === undefined) return notes;
  const hashMs = await measurePasswordHash();
  const share = (100 * hashMs) / (hashMs + signIn.consentryMs);
  return [
    ...notes,
    `A password hash takes ${hashMs.toFixed(1)} ms CPU. It is not counted above; with it, it is ` +
      `${share.toFixed(0)} % of ${signIn.name}.`,
  ];
}

function writeJson(
  file: string,
  { all, load }: { readonly all: readonly AlgorithmResults[]; readonly load: readonly unknown[] },
): void {
  const content = {
    node: process.version,
    cpu: describeCpu(),
    algorithms: all.map(({ algorithm, results }) => ({
      algorithm,
      lines: results.filter(({ consentry }) => consentry.length > 0).map(summarise),
      runs: results.map(({ scenario, ...runs }) => ({ name: scenario.name, ...runs })),
    })),
    load,
  };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

function describeCpu(): string {
  const cpus = os.cpus();
  return `${String(cpus.length)} x ${cpus[0]?.model ?? 'unknown processor'}`;
}

if (process.argv.includes('--scale')) await import('./scale.ts');
else if (process.argv.includes('--ledger')) await import('./ledger.ts');
else if (process.argv.includes('--enumeration')) await import('./enumeration.ts');
else await main();
