import path from 'node:path';
import { parseArgs } from 'node:util';

import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './scenario.ts';

/** What one call of the benchmark is to do. */
export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly concurrency: number;
  readonly signingAlgorithm: 'ES256' | 'RS256';
  /** Measures only the bare library, to check the benchmark itself. */
  readonly isBareOnly: boolean;
  readonly jsonFile: string | null;
  /** Where both servers write a CPU profile when they stop. */
  readonly profileFolder: string | null;
}

export const usage = `Measures what the server costs beside the bare oidc-provider library.

  npm run bench -- [options]

  --only NAME[,NAME]   ${scenarios.map(({ name }) => name).join(', ')}
  --rounds N           counted rounds, interleaved; medians are reported (default 3)
  --seconds N          length of a counted run (default 4)
  --warm-up N          seconds before each counted run (default 1.5)
  --concurrency N      concurrent callers (default 16)
  --alg ES256|RS256    how ID tokens are signed (default ES256)
  --bare               the bare library only
  --json FILE          writes every measurement as JSON
  --profile FOLDER     both servers write a CPU profile (costs some; not for figures)
  --scale              instead: a small and a large installation; --scale --help shows its options
  --ledger             instead: what a row in the ledger costs
  --help`;

/**
 * Reads the command line. Null when only help is wanted.
 * @throws Error with one line for the reader.
 */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '4' },
      'warm-up': { type: 'string', default: '1.5' },
      concurrency: { type: 'string', default: '16' },
      alg: { type: 'string', default: 'ES256' },
      bare: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  if (values.alg !== 'ES256' && values.alg !== 'RS256') throw new Error('--alg: ES256 or RS256');
  return {
    scenarios: chooseScenarios(values.only),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    warmUpSeconds: positive('warm-up', values['warm-up']),
    concurrency: positive('concurrency', values.concurrency),
    signingAlgorithm: values.alg,
    isBareOnly: values.bare,
    jsonFile: values.json ?? null,
    profileFolder: values.profile === undefined ? null : path.resolve(values.profile),
  };
}

function chooseScenarios(only: string | undefined): readonly Scenario[] {
  if (only === undefined) return scenarios;
  return only.split(',').map((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (scenario === undefined) throw new Error(`--only: no scenario ${name}`);
    return scenario;
  });
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${name}: a number above 0`);
  return number;
}
