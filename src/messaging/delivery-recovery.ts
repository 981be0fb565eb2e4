import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/logger.ts';

interface DeliveryRecoveryOptions {
  readonly log: Logger;
  readonly jobs: Pick<Jobs, 'bringForward'>;
  /** Name of the jobs that deliver; they carry the id of the message as `id`. */
  readonly jobName: string;
  /** Ids of the messages that wait because of an outage. */
  readonly listDelayed: () => Promise<readonly string[]>;
  /**
   * Rejects while the server is unavailable. Without it, the next successful delivery shows that the server is
   * available again.
   */
  readonly probe?: (() => Promise<void>) | undefined;
}

const PROBE_EVERY_MS = 5_000;

/**
 * Detects when a receiving server is available again, and makes its delayed messages due. The pauses between attempts
 * at one message grow to an hour, to limit the load of a server that refuses the message. After an outage, in contrast,
 * all waiting messages are due as soon as the server answers.
 */
export function createDeliveryRecovery(options: DeliveryRecoveryOptions) {
  const { log, jobs, jobName, listDelayed, probe } = options;
  // There may be delayed messages of an earlier process, so the first success counts as the end of an outage.
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
      log.warn({ job: jobName, err: error }, 'delayed messages could not be made due');
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
