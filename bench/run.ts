/**
 * `npm run bench`: our server and the bare library in the same interleaved run. The figure that
 * counts is server CPU per operation, and its ratio; see docs/performance.md.
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';

import { createHttpDriver } from './http-driver.ts';
import { measure, type Measurement } from './measure.ts';
import { readOptions, usage, type BenchOptions } from './options.ts';
import { measurePasswordHash } from './password-hash.ts';
import { renderBare, renderReport, summarise, type ScenarioResult } from './report.ts';
import type { Scenario } from './scenario.ts';
import { fullCodeFlow } from './scenarios/code-flow.ts';
import type { Subject } from './subject.ts';
import { startBare } from './subjects/bare.ts';
import { startConsentry } from './subjects/consentry.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.log(usage);
    return;
  }
  console.log(`Node ${process.version}, ${describeCpu()}, ${options.signingAlgorithm}`);
  // Each caller signs in with its own account.
  const setUp = { ...options, accounts: options.concurrency };
  const subjects: Subject[] = [];
  try {
    subjects.push(await startBare(setUp));
    if (!options.isBareOnly) subjects.push(await startConsentry(setUp));
    const results = await runRounds(options, subjects);
    console.log(options.isBareOnly ? `\n${renderBare(results)}` : await describe(results));
    if (options.jsonFile !== null) writeJson(options.jsonFile, options, results);
  } finally {
    await Promise.all(subjects.map(async (subject) => await subject.stop()));
  }
}

async function runRounds(
  options: BenchOptions,
  subjects: readonly Subject[],
): Promise<readonly ScenarioResult[]> {
  const runs = new Map<string, { bare: Measurement[]; consentry: Measurement[] }>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const scenario of options.scenarios) {
      const run = runs.get(scenario.name) ?? { bare: [], consentry: [] };
      runs.set(scenario.name, run);
      // The order changes every round, so that neither server always finds the warmer machine.
      const order = round % 2 === 0 ? subjects : subjects.toReversed();
      for (const subject of order) {
        const measured = await runScenario(options, scenario, subject);
        run[subject.name].push(measured);
        process.stderr.write(
          `round ${String(round + 1)} ${scenario.name} ${subject.name}: ` +
            `${measured.serverMs.toFixed(3)} ms CPU, ${String(measured.operations)} operations\n`,
        );
      }
    }
  }
  return options.scenarios.map((scenario) => ({
    scenario,
    ...(runs.get(scenario.name) ?? { bare: [], consentry: [] }),
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

async function describe(results: readonly ScenarioResult[]): Promise<string> {
  const lines = results.map(summarise);
  const notes: string[] = [];
  const signIn = lines.find(({ name }) => name === fullCodeFlow.name);
  if (signIn !== undefined) {
    const hashMs = await measurePasswordHash();
    const share = (100 * hashMs) / (hashMs + signIn.consentryMs);
    notes.push(
      `a password hash takes ${hashMs.toFixed(1)} ms CPU, not counted above; ` +
        `with it, it is ${share.toFixed(0)} % of ${signIn.name}`,
    );
  }
  const rss = Math.max(...lines.map(({ rssMib }) => rssMib));
  notes.push(`largest server process: ${rss.toFixed(0)} MiB resident`);
  return `\n${renderReport(lines)}\n\n${notes.join('\n')}`;
}

function writeJson(file: string, options: BenchOptions, results: readonly ScenarioResult[]): void {
  const content = {
    node: process.version,
    cpu: describeCpu(),
    signingAlgorithm: options.signingAlgorithm,
    lines: options.isBareOnly ? [] : results.map(summarise),
    runs: results.map(({ scenario, ...runs }) => ({ name: scenario.name, ...runs })),
  };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

function describeCpu(): string {
  const cpus = os.cpus();
  return `${String(cpus.length)} x ${cpus[0]?.model ?? 'unknown processor'}`;
}

if (process.argv.includes('--scale')) await import('./scale.ts');
else if (process.argv.includes('--ledger')) await import('./ledger.ts');
else await main();
