import path from 'node:path';
import { parseArgs } from 'node:util';

import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './scenario.ts';

/** The options of one run of the benchmark. */
export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly concurrency: number;
  /** The first one runs every scenario, the others those that sign an ID token. */
  readonly signingAlgorithms: readonly ('ES256' | 'RS256')[];
  /** Measures only the bare library, to check the benchmark itself. */
  readonly isBareOnly: boolean;
  /** Also measures many connections, memory, and refresh beside sign-ins. */
  readonly isWithLoad: boolean;
  /** Measures better-auth in the same run. */
  readonly isWithPeers: boolean;
  readonly loadSeconds: number;
  readonly loadConnections: number;
  readonly jsonFile: string | null;
  /** Where both servers write a CPU profile when they stop. */
  readonly profileFolder: string | null;
}

/** Names the runs of {@link BenchOptions.isWithLoad} among the scenarios. */
const LOAD = 'load';

export const usage = `Measures what the server costs beside the bare oidc-provider library.

Nothing has to be installed or started before: the benchmark starts PostgreSQL, Redis and both servers, and removes
their data at the end. Both servers are restarted before every scenario. A whole run takes about 20 minutes; use a
quiet machine, and --only for a first look. The tables hold CPU per operation in milliseconds, and the ratio
bare / ours (1: as cheap as the bare library, more is better) with its target, its floor and a verdict.

  npm run bench -- [options]

  npm run bench -- --only refresh --rounds 1     a first look, about half a minute

  --only NAME[,NAME]   ${[...scenarios.map(({ name }) => name), LOAD].join(', ')}
  --rounds N           counted rounds, interleaved; medians are reported (default 3)
  --seconds N          length of a counted run (default 4)
  --warm-up N          seconds before each counted run (default 1.5)
  --concurrency N      concurrent callers (default 16)
  --alg NAME[,NAME]    how ID tokens are signed: the first for every scenario, the others for those that
                       sign (default ES256,RS256)
  --bare               the bare library only
  --peers              better-auth with its OAuth provider and PostgreSQL in the same run, where it has the scenario
  --no-load            leaves out many connections, memory, and refresh beside sign-ins
  --load-seconds N     length of each run under load (default 10)
  --load-connections N connections at UserInfo (default 500)
  --json FILE          writes every measurement as JSON
  --profile FOLDER     both servers write a CPU profile (costs some; not for figures)
  --scale              instead: a small and a large installation; --scale --help shows its options
  --ledger             instead: what a row in the ledger costs
  --enumeration        instead: do times of answers reveal which names have an account
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
      alg: { type: 'string', default: 'ES256,RS256' },
      bare: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      'no-load': { type: 'boolean', default: false },
      'load-seconds': { type: 'string', default: '10' },
      'load-connections': { type: 'string', default: '500' },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    scenarios: chooseScenarios(values.only),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    warmUpSeconds: positive('warm-up', values['warm-up']),
    concurrency: positive('concurrency', values.concurrency),
    signingAlgorithms: values.alg.split(',').map(readAlgorithm),
    isBareOnly: values.bare,
    isWithPeers: values.peers,
    isWithLoad: !values.bare && !values['no-load'] && isNamed(values.only, LOAD),
    loadSeconds: positive('load-seconds', values['load-seconds']),
    loadConnections: positive('load-connections', values['load-connections']),
    jsonFile: values.json ?? null,
    profileFolder: values.profile === undefined ? null : path.resolve(values.profile),
  };
}

function readAlgorithm(name: string): 'ES256' | 'RS256' {
  if (name !== 'ES256' && name !== 'RS256') throw new Error('--alg: ES256, RS256 or both');
  return name;
}

function chooseScenarios(only: string | undefined): readonly Scenario[] {
  if (only === undefined) return scenarios;
  const names = only.split(',').filter((name) => name !== LOAD);
  return names.map((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (scenario === undefined) throw new Error(`--only: no scenario ${name}`);
    return scenario;
  });
}

function isNamed(only: string | undefined, name: string): boolean {
  return only === undefined || only.split(',').includes(name);
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${name}: a number above 0`);
  return number;
}
