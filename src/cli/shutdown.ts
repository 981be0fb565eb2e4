import { createLogger } from '../platform/logger.ts';
import { writeRepeatedWarnings } from '../platform/repeated-warnings.ts';
import { standardLog } from '../platform/log-output.ts';

interface EndOptions {
  readonly logLevel: string;
  /** The time in which `stop` continues to serve before it closes; the guard time is added to it. */
  readonly drainSeconds: number;
}

/** Requests that run longer than this after the drain time are aborted. An orchestrator must wait longer. */
export const LONGEST_STOP_MS = 15_000;
const LOG_FLUSH_MS = 500;
// npm and terminals deliver one Ctrl-C several times; only a later one means "now".
const SAME_KEYPRESS_MS = 1_000;

const DEFECT = 1;
const SECOND_SIGNAL = 130;

/**
 * Runs `stop` and ends this process
 * - at SIGINT, SIGTERM, SIGHUP or when the parent process has ended, with code 0;
 * - at an exception or a rejection that no code caught, with code 1: the state of the process is unknown then.
 * A second signal, or a stop that takes longer than the drain time and 15 s, ends it at once.
 */
export function endInOrder(
  stop: () => Promise<void>,
  { logLevel, drainSeconds }: EndOptions,
): void {
  const log = createLogger({ level: logLevel });
  let endingSince: number | undefined;

  const end = (code: number): void => {
    endingSince = Date.now();
    setTimeout(
      () => {
        log.error({}, 'stopping took too long; ended without waiting further');
        void leave(DEFECT);
      },
      drainSeconds * 1000 + LONGEST_STOP_MS,
    ).unref();
    void stop().then(
      () => leave(code),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        return leave(DEFECT);
      },
    );
  };
  const onSignal = (): void => {
    if (endingSince === undefined) end(0);
    else if (Date.now() - endingSince > SAME_KEYPRESS_MS) void leave(SECOND_SIGNAL);
  };
  const onDefect = (error: unknown): void => {
    log.error({ err: error }, 'an uncaught error ends this process');
    if (endingSince === undefined) end(DEFECT);
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  process.on('disconnect', onSignal);
  process.on('uncaughtException', onDefect);
  process.on('unhandledRejection', onDefect);
  // Without a listener a closed terminal or pipe would be an uncaught error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Ends the process, also when the log reader no longer reads. */
async function leave(code: number): Promise<void> {
  writeRepeatedWarnings();
  if (await standardLog.flush(LOG_FLUSH_MS)) process.exit(code);
  // process.exit() would wait for the blocked write.
  process.kill(process.pid, 'SIGKILL');
}
