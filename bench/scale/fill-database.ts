import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { readCpu } from '../process-cpu.ts';
import { SCALE_ENVIRONMENT } from './environment.ts';

export interface Filling {
  readonly accounts: number;
  readonly seconds: number;
  /** Memory of the importing process, twice a second. */
  readonly rssMib: readonly number[];
}

const COMMAND = fileURLToPath(new URL('../../src/cli/consentry.js', import.meta.url));
const SAMPLE_MS = 500;

/** Imports a file with the public command. @throws Error when it does not import everything. */
export async function fillDatabase(file: string, databaseUrl: string): Promise<Filling> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'import', 'accounts', file], {
    env: { ...SCALE_ENVIRONMENT, PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const rssMib: number[] = [];
  const sampling = setInterval(() => {
    rssMib.push(readCpu(child.pid ?? 0).largestRssMib);
  }, SAMPLE_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(sampling);
  const accounts = Number(/imported (\d+)/.exec(output)?.[1] ?? 0);
  if (code !== 0 || accounts === 0)
    throw new Error(`the import ended with ${String(code)}: ${output}`);
  return {
    accounts,
    seconds: (performance.now() - startedAt) / 1_000,
    rssMib: rssMib.filter((mib) => mib > 0),
  };
}
