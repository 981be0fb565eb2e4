import { pino } from 'pino';

import { currentRequest } from './request-context.ts';

/** Structured log lines. Never pass tokens, codes, passwords, cookies or claim values. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

export interface LoggerOptions {
  readonly level: string;
}

/** JSON lines on standard output, one line per event, with the request id of the current request. */
export function createLogger({ level }: LoggerOptions): Logger {
  return pino({
    level,
    base: { service: 'consentry' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const request = currentRequest();
      return request === undefined ? {} : { requestId: request.requestId };
    },
    redact: { paths: ['*.password', '*.cookie', '*.authorization'], censor: '[removed]' },
  });
}
