import { createKit, startProtocol } from './app.ts';
import { startBackground } from './background.ts';
import type { Config } from '../config/config.ts';
import { createMessaging } from './messaging.ts';
import { connect } from './services.ts';

/** A process that only does the background jobs. */
export interface Worker {
  /** Ends after the jobs under way. */
  stop(): Promise<void>;
}

/** Starts running the jobs that servers with `RUN_JOBS=false`, or busy ones, do not run. Any number may run. */
export async function startWorker(config: Config): Promise<Worker> {
  const connected = await connect({ ...config, runsJobs: true });
  try {
    const kit = createKit(connected);
    const messaging = createMessaging(connected, kit);
    const protocol = await startProtocol(connected, kit);
    const background = await startBackground(connected, { messaging, protocol });
    return {
      stop: async () => {
        await background.stop();
        await connected.close();
      },
    };
  } catch (error) {
    await connected.close();
    throw error;
  }
}
