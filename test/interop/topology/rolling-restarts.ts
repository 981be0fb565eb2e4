import { expect } from 'chai';

import { waitFor } from '../../support/wait-for.ts';
import { startInstallation } from './installation.ts';
import { startMixedLoad } from './mixed-load.ts';

/**
 * Restarts the two nodes in turn under mixed load, as an orchestrator does: SIGTERM, wait for the end, start, wait until
 * ready. No request may be lost.
 */
export async function restartUnderLoad(input: {
  readonly restarts: number;
  readonly drainSeconds: number;
}): Promise<void> {
  const { restarts, drainSeconds } = input;
  const env = { DRAIN_SECONDS: String(drainSeconds) };
  const installation = await startInstallation({ env });
  const { nodes } = installation;
  try {
    const load = await startMixedLoad(installation);
    await load.served(60_000);
    let longestStopMs = 0;
    for (let turn = 0; turn < restarts; turn += 1) {
      const index = turn % 2 === 0 ? 0 : 1;
      const node = nodes[index];
      const from = performance.now();
      const ended = node.stop();
      await waitFor(
        'the node to be not ready',
        async () => (await statusOf(node.url)) === 503,
        5_000,
      );
      const served = await fetch(`${node.url}/jwks`);
      expect(served.status, 'serves while it is not ready').to.equal(200);
      expect(served.headers.get('connection')).to.equal('close');
      expect(await ended, node.output()).to.equal(0);
      longestStopMs = Math.max(longestStopMs, performance.now() - from);
      await installation.startAgain(index);
      await waitFor(
        'the node to be ready',
        async () => (await statusOf(nodes[index].url)) === 200,
        30_000,
      );
    }
    await load.served(60_000);
    await load.stop();
    const violations = await load.findViolations(nodes.map(({ url }) => url));
    process.stdout.write(
      `${String(restarts)} rolling restarts, longest stop ${(longestStopMs / 1000).toFixed(1)} s. ${load.summary()}\n`,
    );
    const unavailable = installation.nginx
      .logs()
      .split('\n')
      .filter((line) => / 503 /.test(line));
    expect([...violations, ...unavailable].join('\n')).to.equal('');
  } finally {
    await installation.stop();
  }
}

async function statusOf(nodeUrl: string): Promise<number> {
  return (await fetch(`${nodeUrl}/health/ready`)).status;
}
