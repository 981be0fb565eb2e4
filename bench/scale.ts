/**
 * `npm run bench -- --scale`: the cost of looking up, reading and releasing in a small and in a large installation, and how
 * much memory importing and exporting take. See docs/performance.md.
 */
import './subjects/without-password-hash.ts';

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { embeddedPostgresFolder, startEmbeddedPostgres } from '../src/dev/embedded-postgres.ts';
import { migrateUp } from '../src/platform/postgres/migrations.ts';
import { writeAccountsFile } from './scale/accounts-file.ts';
import { fillDatabase, type Filling } from './scale/fill-database.ts';
import { measureExport, type ExportMeasurement } from './scale/measure-export.ts';
import { measureOperations, operationNames, type OperationCosts } from './scale/operations.ts';
import { prepareSample, type Sample } from './scale/sample.ts';

const usage = `Compares a small with a large installation: server and database CPU per operation, and memory of import and export.

  npm run bench -- --scale [options]

  --small N     accounts of the small one (default 1000)
  --large N     accounts of the large one (default 1000000)
  --rounds N    interleaved rounds; medians are reported (default 5)
  --sample N    accounts that are looked up, spread over all (default 800)
  --help`;

interface Installation {
  readonly name: 'small' | 'large';
  readonly accounts: number;
  readonly databaseUrl: string;
  readonly filling: Filling;
  readonly sample: Sample;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scale: { type: 'boolean' },
      small: { type: 'string', default: '1000' },
      large: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
      sample: { type: 'string', default: '800' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return console.log(usage);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'consentry-scale-'));
  const project = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const stateFolder = embeddedPostgresFolder(project, `scale-${String(process.pid)}`);
  mkdirSync(stateFolder, { recursive: true });
  const postgres = await startEmbeddedPostgres({ stateFolder, isDurable: true });
  try {
    const installations: Installation[] = [];
    for (const name of ['small', 'large'] as const) {
      await postgres.createDatabase(name);
      const databaseUrl = postgres.url(name);
      await migrateUp(databaseUrl);
      const accounts = Number(values[name]);
      const file = path.join(folder, `${name}.ndjson`);
      await writeAccountsFile(file, accounts);
      const filling = await fillDatabase(file, databaseUrl);
      rmSync(file);
      describeFilling(name, filling);
      const sample = await prepareSample(databaseUrl, { accounts, size: Number(values.sample) });
      installations.push({ name, accounts, databaseUrl, filling, sample });
    }
    const costs = await runRounds(installations, Number(values.rounds));
    const exported = await measureExport(postgres.url('small'));
    console.log(report(installations, costs, exported));
  } finally {
    await postgres.stop();
    rmSync(stateFolder, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

type Costs = ReadonlyMap<Installation['name'], readonly OperationCosts[]>;

async function runRounds(installations: readonly Installation[], rounds: number): Promise<Costs> {
  const costs = new Map<Installation['name'], OperationCosts[]>();
  // The first round warms the database's memory and the code up, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? installations : installations.toReversed();
    for (const { name, databaseUrl, sample } of order) {
      const measured = await measureOperations(databaseUrl, sample);
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), measured]);
      const told = operationNames.map(
        (operation) => `${operation} ${measured[operation].toFixed(3)}`,
      );
      process.stderr.write(`round ${String(round)} ${name}: ${told.join(', ')} ms CPU\n`);
    }
  }
  return costs;
}

function describeFilling(name: string, { accounts, seconds, rssMib }: Filling): void {
  process.stderr.write(
    `${name}: ${String(accounts)} accounts in ${seconds.toFixed(0)} s, ` +
      `${(accounts / seconds).toFixed(0)} per second, resident at tenths of the way: ${tenths(rssMib)} MiB\n`,
  );
}

function report(
  installations: readonly Installation[],
  costs: Costs,
  exported: ExportMeasurement,
): string {
  const [small, large] = installations;
  if (small === undefined || large === undefined) throw new Error('two installations are needed');
  const rows = operationNames.map((operation) => {
    const of = (name: Installation['name']) => (costs.get(name) ?? []).map((one) => one[operation]);
    const [less, more] = [of('small'), of('large')];
    const ratios = more.map((cost, round) => cost / (less[round] ?? Number.NaN));
    const ratio = median(ratios);
    const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
    return `| ${operation} | ${median(less).toFixed(3)} | ${median(more).toFixed(3)} | ${ratio.toFixed(2)} | ${range} | ${ratio <= 1.5 ? 'ok' : 'ABOVE 1.5'} |`;
  });
  return [
    '',
    `| operation | ms CPU at ${String(small.accounts)} | ms CPU at ${String(large.accounts)} | ratio | range | |`,
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    ...installations.map(
      ({ name, filling }) =>
        `import ${name}: ${String(filling.accounts)} accounts, ${(filling.accounts / filling.seconds).toFixed(0)} per second, ` +
        `resident at tenths of the way: ${tenths(filling.rssMib)} MiB`,
    ),
    `export: ${String(exported.records)} records, ${(exported.bytes / 1e6).toFixed(1)} MB of ZIP, ${exported.seconds.toFixed(1)} s, ` +
      `resident at tenths of the way: ${tenths(exported.rssMib)} MiB`,
  ].join('\n');
}

function tenths(samples: readonly number[]): string {
  const at = (share: number) =>
    samples[Math.min(samples.length - 1, Math.floor(share * samples.length))];
  return Array.from({ length: 10 }, (_, index) => (at(index / 10) ?? 0).toFixed(0)).join(' ');
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

await main();
