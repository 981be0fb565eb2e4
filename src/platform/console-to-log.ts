import { format } from 'node:util';

import type { Logger } from './logger.ts';

/**
 * Redirects console output of libraries and warnings of Node to the log, so that a server process prints only log
 * lines. @returns a function that ends the redirection.
 */
export function sendConsoleToLog(log: Logger): () => void {
  const before = { ...console };
  const to =
    (level: 'debug' | 'info' | 'warn') =>
    (...parts: readonly unknown[]): void =>
      log[level]({ printed: format(...parts) }, 'a library printed this');
  Object.assign(console, {
    debug: to('debug'),
    log: to('info'),
    info: to('info'),
    warn: to('warn'),
    error: to('warn'),
  });
  const onWarning = (warning: Error): void => {
    log.warn({ err: warning }, 'warning of Node');
  };
  const printing = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', onWarning);
  return () => {
    Object.assign(console, before);
    process.off('warning', onWarning);
    for (const listener of printing) process.on('warning', listener);
  };
}
