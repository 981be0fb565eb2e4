import { sendConsoleToLog } from '../platform/console-to-log.ts';
import { createLogger, type Logger } from '../platform/logger.ts';

/**
 * For processes that run for long in production: from now on each line of standard output is a line of the log, also while
 * they start and when a library prints something.
 */
export function logEverything(level: string): Logger {
  const log = createLogger({ level });
  sendConsoleToLog(log);
  return log;
}
