import { createKit, runnerOptions, startProtocol } from './app.ts';
import type { Config } from './config.ts';
import { allJobs } from './jobs.ts';
import { createMailDelivery } from './mail-delivery.ts';
import { startJobRunner } from './platform/job-runner.ts';
import { connect } from './services.ts';

/** A process that only does the background jobs. */
export interface Worker {
  /** Ends after the jobs under way. */
  stop(): Promise<void>;
}

/** Starts working off what servers with `RUN_JOBS=false`, or busy ones, leave. Any number may run. */
export async function startWorker(config: Config): Promise<Worker> {
  const connected = await connect(config);
  try {
    const kit = createKit(connected);
    const mail = createMailDelivery(connected, kit);
    const kinds = allJobs(connected, { mail, protocol: await startProtocol(connected, kit) });
    await connected.jobs.prepare(kinds.map(({ name }) => name));
    const runner = await startJobRunner(runnerOptions(connected, kinds));
    return Object.freeze({
      stop: async () => {
        await runner.stop();
        mail.close();
        await connected.close();
      },
    });
  } catch (error) {
    await connected.close();
    throw error;
  }
}
