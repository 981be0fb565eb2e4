import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { scenarios } from '../../bench/scenarios/index.ts';

const run = promisify(execFile);
const BENCHMARK = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
// Too short for meaningful figures, but each scenario runs at both servers.
const SHORT = ['--rounds', '1', '--seconds', '0.2', '--warm-up', '0.1', '--concurrency', '2'];
const SHORT_LOAD = ['--load-seconds', '1', '--load-connections', '20'];

describe('The benchmark', function () {
  this.timeout(900_000);

  it('measures every scenario at the bare library and at the server', async () => {
    expect(scenarios.length).to.be.greaterThan(5);
    const { stdout, stderr } = await run(process.execPath, [BENCHMARK, ...SHORT, ...SHORT_LOAD]);
    for (const { name } of scenarios) {
      for (const subject of ['bare', 'consentry']) {
        expect(stdout + stderr).to.match(new RegExp(`round 1 ${name} ${subject}: [\\d.]+ ms CPU`));
      }
      expect(stdout).to.match(
        new RegExp(`\\| ${name} +\\|.*(meets target|above floor|BELOW FLOOR)`),
      );
    }
    expect(stdout).to.match(/RS256[^]*\| refresh +\|/);
    for (const figure of ['time-outs', 'errors', 'memory at rest', 'memory under load', 'p99']) {
      expect(stdout).to.match(new RegExp(`\\| .*${figure} +\\|.*(meets target|above|BELOW)`));
    }
  });

  it('prints its options, and an error for an unknown scenario', async () => {
    const { stdout } = await run(process.execPath, [BENCHMARK, '--help']);
    expect(stdout).to.include('npm run bench -- [options]');
    for (const { name } of scenarios) expect(stdout).to.include(name);
    const failure = await run(process.execPath, [BENCHMARK, '--only', 'nothing']).catch(
      (error: unknown) => error as { readonly stderr: string },
    );
    expect(failure.stderr).to.include('--only: no scenario nothing');
  });
});
