import { startProtocol } from './app.ts';
import { createKit } from './kit.ts';
import { startBackground } from './background.ts';
import type { Config } from '../config/config.ts';
import { createMessaging } from './messaging.ts';
import { connect } from './services.ts';

/** A process that only runs background jobs. */
interface Worker {
  /** Ends after the jobs under way. */
  stop(): Promise<void>;
}

/**
 * Starts to run jobs, in addition to servers or instead of them (`RUN_JOBS=false`). Any number of such processes may
 * run.
 */
export async function startWorker(config: Config): Promise<Worker> {
  const connected = await connect({ ...config, runsJobs: true });
  try {
    const kit = createKit(connected);
    const messaging = await createMessaging(connected, kit);
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
