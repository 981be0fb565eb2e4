import { expect } from 'chai';

import { overload } from './topology/overload.ts';

describe('A node with 500 connections that send without pause', function () {
  this.timeout(120_000);

  it('serves each accepted request, refuses the others and counts them', async () => {
    const result = await overload({
      connections: 500,
      seconds: 8,
      mostInFlight: 20,
      mostWaiting: 20,
    });
    const { answered, refused, wrong, refusedByMetrics } = result;
    process.stdout.write(
      `${String(answered)} answered, p99 ${result.p99.toFixed()} ms, ${String(refused)} refused\n`,
    );
    expect(wrong).to.deep.equal([]);
    expect(answered).to.be.above(100);
    expect(refused).to.be.above(100);
    expect(refusedByMetrics).to.equal(refused);
  });
});
