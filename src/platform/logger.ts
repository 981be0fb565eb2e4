import { pino } from 'pino';

import { describeError } from './describe-error.ts';
import type { Logger } from './log-lines.ts';
import { standardLog } from './log-output.ts';
import { collapseWarnings } from './repeated-warnings.ts';
import { currentRequest } from './request-context.ts';

export type { Logger } from './log-lines.ts';

interface LoggerOptions {
  readonly level: string;
  /** Whether a warning that repeats is written each time. Default false. */
  readonly keepsRepeated?: boolean;
  /** Default: standard output. */
  readonly output?: { write(line: string): void };
}

const REPEATED_EVERY_MS = 10_000;

/**
 * JSON lines on standard output, one line per event, with the request id of the current request. When the output is
 * not a terminal, lines are written in groups (see also {@link collapseWarnings}), at most a tenth of a second late; only a SIGKILL loses some.
 */
export function createLogger({
  level,
  keepsRepeated = false,
  output = standardLog,
}: LoggerOptions): Logger {
  const options = {
    level,
    base: { service: 'consentry' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => {
      const request = currentRequest();
      return request === undefined ? {} : { requestId: request.requestId };
    },
    serializers: { err: describeError, error: describeError, cause: describeError },
    redact: { paths: ['*.password', '*.cookie', '*.authorization'], censor: '[removed]' },
  };
  const log: Logger = pino(options, output);
  return keepsRepeated ? log : collapseWarnings(log, { everyMs: REPEATED_EVERY_MS });
}
