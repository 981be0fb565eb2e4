import { sendConsoleToLog } from '../platform/console-to-log.ts';
import { createLogger, type Logger } from '../platform/logger.ts';

/**
 * For processes that run for long in production: from now on each line of standard output is a JSON log line, also
 * during the start and for output of libraries.
 */
export function logEverything(level: string): Logger {
  const log = createLogger({ level });
  sendConsoleToLog(log);
  return log;
}
