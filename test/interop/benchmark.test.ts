import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { scenarios } from '../../bench/scenarios/index.ts';

const run = promisify(execFile);
const BENCHMARK = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
// Too short for figures; each scenario runs at both servers all the same.
const SHORT = ['--rounds', '1', '--seconds', '0.2', '--warm-up', '0.1', '--concurrency', '2'];

describe('the benchmark', function () {
  this.timeout(300_000);

  it('measures every scenario at the bare library and at the server', async () => {
    expect(scenarios.length).to.be.greaterThan(5);
    const { stdout, stderr } = await run(process.execPath, [BENCHMARK, ...SHORT]);
    for (const { name } of scenarios) {
      for (const subject of ['bare', 'consentry']) {
        expect(stdout + stderr).to.match(new RegExp(`round 1 ${name} ${subject}: [\\d.]+ ms CPU`));
      }
    }
  });
});
