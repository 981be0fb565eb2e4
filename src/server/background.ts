import { directUrlOf } from '../config/config.ts';
import { allJobs, endedSchedules, type JobParts } from './jobs.ts';
import { type JobRunnerOptions, startJobRunner } from '../platform/jobs/job-runner.ts';
import type { JobKind } from '../platform/jobs/jobs.ts';
import type { Connected } from './services.ts';

/** How the jobs of this installation run. Tests start scheduled jobs themselves. */
function runnerOptions({ config, log }: Connected, kinds: readonly JobKind[]): JobRunnerOptions {
  return {
    url: directUrlOf(config),
    kinds,
    endedSchedules: endedSchedules(config),
    log,
    runsSchedules: config.mode !== 'test',
  };
}

/** A job that waits while the main database is not the right one. */
function guarded({ timeline }: Connected, kind: JobKind): JobKind {
  return {
    ...kind,
    run: async (data, job) => {
      await timeline.require();
      return kind.run(data, job);
    },
  };
}

/** The jobs of this process, unless another process does them. */
export async function startBackground(
  connected: Connected,
  parts: JobParts,
): Promise<{ stop(): Promise<void> }> {
  const { config, jobs } = connected;
  const kinds = allJobs(connected, parts).map((kind) => guarded(connected, kind));
  await jobs.prepare(kinds.map(({ name }) => name));
  const runner = config.runsJobs ? await startJobRunner(runnerOptions(connected, kinds)) : null;
  const stopQueueing = config.runsJobs ? connected.logoutNotices.queueNew() : null;
  return {
    stop: async () => {
      stopQueueing?.();
      await runner?.stop();
      parts.messaging.close();
    },
  };
}
