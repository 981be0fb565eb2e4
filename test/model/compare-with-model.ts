import fc from 'fast-check';

import { settableClock } from '../support/clock.ts';
import { startInstallation, type StorageMode } from '../support/installation.ts';
import { startTestServer } from '../support/server.ts';
import { anyStep, type Step } from './step.ts';
import { takeStep } from './take-step.ts';
import { createModelPeople, openWorld, type World, type WorldOptions } from './world.ts';

/**
 * The same steps each time, so that a failure is one of the change under test. `MODEL_SEED=random MODEL_RUNS=1000 npx mocha
 * test/model` tries others; the seed is printed, and set it repeats them.
 */
const { MODEL_SEED = '20261120' } = process.env;
const SEED = MODEL_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(MODEL_SEED);
const RUNS = Number(process.env['MODEL_RUNS'] ?? 80);
const STEPS_PER_RUN = 120;
const RUNS_ON_TWO_NODES = Math.ceil(RUNS / 10);
const YEARS = 10 * 365 * 86_400;

/** The whole comparison in one storage mode; a file for each, so that they run side by side. */
export function compareWithModel(mode: StorageMode): void {
  describe(`Who may see what when, ${mode}`, function () {
    this.timeout(600_000);

    it('is what the model says, whatever everybody does', async () => {
      const clock = settableClock(new Date());
      const server = await startTestServer({
        redis: mode !== 'Postgres alone',
        clock,
        // Time moves by years here; what is to run out is the consent.
        config: {
          lifetimes: {
            accessToken: YEARS,
            refreshToken: YEARS,
            refreshTokenAbsolute: YEARS,
            grant: YEARS,
            session: YEARS,
            sessionIdle: YEARS,
          },
          sessionLimit: 100,
        },
      });
      try {
        const { connected, url } = server;
        const steps = await tryEverything(RUNS, {
          connected,
          issuer: url,
          nodeUrls: [url],
          people: await createModelPeople(connected, url, 2),
          toleranceMs: 0,
          now: () => clock.now().getTime(),
          advance: async (seconds) => {
            clock.advance(seconds);
            // What the job does every six hours.
            await connected.ledger.ensurePartitions();
          },
        });
        report(steps);
      } finally {
        await server.stop();
      }
    });

    it('is so at two nodes, a second after every change', async () => {
      const installation = await startInstallation(mode);
      try {
        const { connected, issuer, nodes } = installation;
        const steps = await tryEverything(RUNS_ON_TWO_NODES, {
          connected,
          issuer,
          nodeUrls: nodes.map(({ url }) => url),
          people: await createModelPeople(connected, issuer, 2),
          toleranceMs: 1_000,
          now: () => Date.now(),
          advance: null,
        });
        report(steps);
      } finally {
        await installation.stop();
      }
    });
  });
}

/** @returns how many steps were taken. */
async function tryEverything(runs: number, options: WorldOptions): Promise<number> {
  let steps = 0;
  const outcome = await fc.check(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: STEPS_PER_RUN, maxLength: STEPS_PER_RUN, size: 'max' }),
      async (list: readonly Step[]) => {
        const world = await openWorld(options);
        try {
          for (const nth of list.keys()) await takeOne(world, list, nth);
          await compareLedger(world);
        } finally {
          steps += world.steps;
        }
      },
    ),
    // Shortening a failing run takes minutes: MODEL_SHORTEN=true asks for it.
    { seed: SEED, numRuns: runs, endOnFailure: process.env['MODEL_SHORTEN'] !== 'true' },
  );
  if (outcome.failed) {
    const { message } = outcome.errorInstance as Error;
    const again = `MODEL_SEED=${String(SEED)} MODEL_RUNS=${String(runs)}`;
    throw new Error(`${again}, run ${String(outcome.numRuns)}, ${message}`);
  }
  return steps;
}

async function takeOne(world: World, list: readonly Step[], nth: number): Promise<void> {
  const step = list[nth];
  if (step === undefined) return;
  try {
    await takeStep(world, step);
  } catch (cause) {
    const before = list.slice(Math.max(0, nth - 12), nth + 1).map((one) => JSON.stringify(one));
    const trail = before.join('\n');
    throw new Error(`step ${String(nth)}: ${(cause as Error).message}\n${trail}`, { cause });
  }
}

/** Every release that an app got has its row, and there are no others. */
async function compareLedger(world: World): Promise<void> {
  for (const [index, { person }] of world.people.entries()) {
    for (const [appIndex, { app }] of world.apps.entries()) {
      const rows = await world.connected.ledger.list({
        accountId: person.accountId,
        clientId: app.clientId,
        limit: 500,
      });
      const seen = world.releases.filter((one) => one.person === index && one.app === appIndex);
      const written = countEach(rows.map(toLine));
      const left = countEach(seen.map(toLine));
      for (const line of new Set([...written.keys(), ...left.keys()])) {
        const [inLedger, atApp] = [written.get(line) ?? 0, left.get(line) ?? 0];
        if (inLedger !== atApp) {
          throw new Error(
            `${line}: ${String(atApp)} at the app, ${String(inLedger)} in the ledger`,
          );
        }
      }
    }
  }
}

interface Line {
  readonly channel: string;
  readonly claims: readonly string[];
}

function toLine({ channel, claims }: Line): string {
  return `${channel} ${claims.toSorted().join(' ')}`;
}

function countEach(lines: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(lines, (line) => line)].map(([line, all]) => [line, all.length]));
}

function report(steps: number): void {
  process.stdout.write(`      ${String(steps)} steps, MODEL_SEED=${String(SEED)}\n`);
}
