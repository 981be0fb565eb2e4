import fc from 'fast-check';

import { livesOf } from '../support/session-lives.ts';
import { settableClock } from '../support/clock.ts';
import { startInstallation, type StorageMode } from '../support/servers/installation.ts';
import { startTestServer } from '../support/servers/server.ts';
import { anyStep, type Step } from './step.ts';
import { takeStep } from './take-step.ts';
import { createModelPeople, openWorld, type World, type WorldOptions } from './world.ts';

/**
 * The same steps in each run, so that a failure is caused by the tested change. `MODEL_SEED=random MODEL_RUNS=1000 npx
 * mocha test/model` runs other steps; it prints its seed, which repeats them as MODEL_SEED.
 */
const { MODEL_SEED = '20261120' } = process.env;
const SEED = MODEL_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(MODEL_SEED);
const RUNS = Number(process.env['MODEL_RUNS'] ?? 40);
export const STEPS_PER_RUN = 120;
const RUNS_PER_LINE = 50;
const YEARS = 10 * 365 * 86_400;

export interface ComparisonOptions {
  /** Runs of {@link STEPS_PER_RUN} steps at one node. */
  readonly runs: number;
  readonly runsOnTwoNodes: number;
  /** 0: no limit. */
  readonly timeoutMs: number;
  /** Print the progress of a run that takes hours. */
  readonly hasProgress?: boolean;
}

const DEFAULTS: ComparisonOptions = {
  runs: RUNS,
  runsOnTwoNodes: Math.ceil(RUNS / 10),
  timeoutMs: 600_000,
};

/** Compares the server with the model in one storage mode. Each mode has a file of its own, so that both run side by side. */
export function compareWithModel(mode: StorageMode, options: ComparisonOptions = DEFAULTS): void {
  describe(`Access to values, compared with a model, ${mode}`, function () {
    this.timeout(options.timeoutMs);

    it('is as in the model after every step at one node', async () => {
      const clock = settableClock(new Date());
      const server = await startTestServer({
        redis: mode !== 'Postgres alone',
        clock,
        // The clock moves by years here; only consents are to expire.
        config: {
          lifetimes: {
            accessToken: YEARS,
            refreshToken: YEARS,
            refreshTokenAbsolute: YEARS,
            grant: YEARS,
          },
          // All runs together may take more years than one life: sign-ins have the time of the machine.
          sessionLives: livesOf(100 * YEARS),
          sessionLimit: 100,
        },
      });
      try {
        const { connected, url } = server;
        await compareRuns(options.runs, options, {
          connected,
          issuer: url,
          nodeUrls: [url],
          people: await createModelPeople(connected, url, 2),
          toleranceMs: 0,
          now: () => clock.now().getTime(),
          advance: async (seconds) => {
            clock.advance(seconds);
            // A job does this every six hours.
            await connected.ledger.ensurePartitions();
          },
        });
      } finally {
        await server.stop();
      }
    });

    it('is as in the model at two nodes, one second after every change', async () => {
      const installation = await startInstallation(mode);
      try {
        const { connected, issuer, nodes } = installation;
        await compareRuns(options.runsOnTwoNodes, options, {
          connected,
          issuer,
          nodeUrls: nodes.map(({ url }) => url),
          people: await createModelPeople(connected, issuer, 2),
          toleranceMs: 1_000,
          now: () => Date.now(),
          advance: null,
        });
      } finally {
        await installation.stop();
      }
    });
  });
}

async function compareRuns(
  runs: number,
  { hasProgress = false }: ComparisonOptions,
  world: WorldOptions,
): Promise<void> {
  const startedAt = performance.now();
  let steps = 0;
  let done = 0;
  const outcome = await fc.check(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: STEPS_PER_RUN, maxLength: STEPS_PER_RUN, size: 'max' }),
      async (list: readonly Step[]) => {
        const opened = await openWorld(world);
        try {
          for (const nth of list.keys()) await takeOne(opened, list, nth);
          await compareLedger(opened);
        } finally {
          steps += opened.steps;
          done += 1;
        }
        if (hasProgress && done % RUNS_PER_LINE === 0)
          report(`run ${String(done)} of ${String(runs)}`);
      },
    ),
    // Shortening a failing run takes minutes: MODEL_SHORTEN=true requests it.
    { seed: SEED, numRuns: runs, endOnFailure: process.env['MODEL_SHORTEN'] !== 'true' },
  );
  function report(text: string): void {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stdout.write(
      `      ${text}: ${String(steps)} steps in ${String(seconds)} s, MODEL_SEED=${String(SEED)}\n`,
    );
  }
  if (outcome.failed) {
    const { message } = outcome.errorInstance as Error;
    const again = `MODEL_SEED=${String(SEED)} MODEL_RUNS=${String(runs)}`;
    throw new Error(`${again}, run ${String(outcome.numRuns)}, ${message}`);
  }
  report('all runs');
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
