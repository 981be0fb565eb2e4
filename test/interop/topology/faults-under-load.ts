import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { waitFor } from '../../support/wait-for.ts';
import { startBreakablePostgres } from './breakable-postgres.ts';
import { startBreakableRedis } from './breakable-redis.ts';
import { FAULTS, type CausedFault, type FaultyInstallation } from './faults.ts';
import { startInstallation } from './installation.ts';
import { RECOVERY_MS, secondsToRecover, type Journal, type Operation } from './journal.ts';
import { startMixedLoad } from './mixed-load.ts';

/** A node is not ready within five seconds of losing its writer; 3 s are added for a busy machine. */
const NOT_READY_WITHIN_MS = 8_000;

/** Declares one test per fault: two nodes under mixed load, with every response checked. */
export function describeFaults(length: 'short' | 'long'): void {
  let world: FaultyInstallation;

  before(async function () {
    this.timeout(120_000);
    world = await startFaultyInstallation();
  });
  after(async () => {
    await world.installation.stop();
    await world.redis.stop();
    await world.postgres.stop();
  });

  for (const [index, fault] of FAULTS.entries()) {
    it(`give no wrong response while ${fault.name}`, async function () {
      this.timeout(240_000);
      const seconds = fault.seconds[length === 'short' ? 0 : 1];
      await runFault(world, { fault, seconds, seed: index * 1000 });
    });
  }
}

async function startFaultyInstallation(): Promise<FaultyInstallation> {
  const postgres = await startBreakablePostgres();
  const redis = await startBreakableRedis();
  const { databaseUrl, keyStoreUrl } = postgres;
  const installation = await startInstallation({ databaseUrl, keyStoreUrl, redisUrl: redis.url });
  return { installation, postgres, redis, faults: [] };
}

interface Course {
  readonly fault: CausedFault;
  readonly seconds: number;
  readonly seed: number;
}

async function runFault(world: FaultyInstallation, course: Course): Promise<void> {
  const { fault, seconds, seed } = course;
  const { nodes } = world.installation;
  const load = await startMixedLoad({
    ...world.installation,
    users: 8,
    seed,
    faults: world.faults,
  });
  let notReadyMs = 0;
  try {
    await load.served(60_000);
    await load.journal.during(fault, async () => {
      const end = await fault.cause(world);
      try {
        const from = performance.now();
        if (fault.losesWriter) {
          await waitFor('all nodes to be not ready', () => areAll(nodes, 503), NOT_READY_WITHIN_MS);
          notReadyMs = performance.now() - from;
        }
        const keys = await world.installation.fetch(`${world.installation.url}/jwks`);
        expect(keys.status, 'the published keys').to.equal(200);
        await pause(Math.max(0, seconds * 1000 - (performance.now() - from)));
        const served = operationsServed(load.journal, from);
        expect(served).to.include.members([...(fault.serves ?? [])]);
      } finally {
        await end();
      }
    });
    await waitFor('all nodes to be ready', () => areAll(nodes, 200), RECOVERY_MS);
    await load.served(90_000);
  } finally {
    await load.stop();
  }
  const recovered = secondsToRecover(load.journal);
  process.stdout.write(
    `${fault.name}: ${fault.losesWriter ? `not ready after ${(notReadyMs / 1000).toFixed(1)} s, ` : ''}` +
      `served again after ${recovered.toFixed(1)} s. ${load.summary()}\n`,
  );
  expect(await load.findViolations(nodes.map(({ url }) => url))).to.deep.equal([]);
  expect(recovered).to.be.below(RECOVERY_MS / 1000);
}

function operationsServed({ entries }: Journal, since: number): readonly Operation[] {
  const answered = entries.filter(
    ({ sentAt, verdict }) => sentAt > since && verdict === 'expected',
  );
  return [...new Set(answered.map(({ operation }) => operation))];
}

async function areAll(
  nodes: readonly { readonly url: string }[],
  status: number,
): Promise<boolean> {
  const statuses = await Promise.all(
    nodes.map(async ({ url }) => {
      const response = await fetch(`${url}/health/ready`).catch(() => null);
      return response?.status ?? 0;
    }),
  );
  return statuses.every((found) => found === status);
}
