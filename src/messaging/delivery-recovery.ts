import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/logger.ts';

export interface DeliveryRecoveryOptions {
  readonly log: Logger;
  readonly jobs: Pick<Jobs, 'bringForward'>;
  /** Name of the jobs that deliver; they carry the id of the message as `id`. */
  readonly jobName: string;
  /** Ids of the messages that wait because of an outage. */
  readonly listDelayed: () => Promise<readonly string[]>;
  /** Rejects while the server is away. Without it, the next successful delivery shows that it is back. */
  readonly probe?: (() => Promise<void>) | undefined;
}

const PROBE_EVERY_MS = 5_000;

/**
 * Notices when a receiving server works again, and brings its delayed messages forward. The pauses between the attempts at a message
 * grow to an hour, which spares a server that refuses it. A server that was away is different: as soon as it answers again,
 * every message that waited for it is due.
 */
export function createDeliveryRecovery(options: DeliveryRecoveryOptions) {
  const { log, jobs, jobName, listDelayed, probe } = options;
  // An earlier process may have left delayed messages: the first success counts as the end of an outage.
  const state = { mayHaveDelayed: true, isStopped: false };
  let timer: NodeJS.Timeout | undefined;

  const bringForward = async (): Promise<void> => {
    if (!state.mayHaveDelayed) return;
    state.mayHaveDelayed = false;
    clearTimeout(timer);
    timer = undefined;
    try {
      const ids = await listDelayed();
      if (ids.length === 0) return;
      const count = await jobs.bringForward(jobName, ids);
      log.info({ job: jobName, count }, 'delayed messages are due: their server answers again');
    } catch (error) {
      // Their own schedule delivers them later.
      state.mayHaveDelayed = true;
      log.warn({ job: jobName, err: error }, 'delayed messages could not be brought forward');
    }
  };

  const probeLater = (): void => {
    if (probe === undefined || timer !== undefined || state.isStopped) return;
    timer = setTimeout(() => {
      void probe().then(bringForward, () => {
        timer = undefined;
        probeLater();
      });
    }, PROBE_EVERY_MS).unref();
  };

  return {
    /** A delivery failed because of the server, not because of its message. */
    noteOutage(): void {
      state.mayHaveDelayed = true;
      probeLater();
    },
    /** A delivery succeeded. After an outage, the delayed messages become due at once. */
    noteSuccess: bringForward,
    stop(): void {
      state.isStopped = true;
      clearTimeout(timer);
    },
  };
}

export type DeliveryRecovery = ReturnType<typeof createDeliveryRecovery>;
