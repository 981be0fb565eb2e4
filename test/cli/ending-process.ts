// A process that ends as a server does. The first argument names the event in it; see `ending.unit.test.ts`.
import { endInOrder } from '../../src/cli/shutdown.ts';
import { createLogger } from '../../src/platform/logger.ts';

const log = createLogger({ level: 'info' });
const EVENTS: Readonly<Record<string, () => void>> = {
  exception: () => {
    throw new Error('nobody caught this');
  },
  rejection: () => {
    void Promise.reject(new Error('nobody caught this'));
  },
  /** More bytes than any pipe buffers. */
  'many lines': () => {
    for (let line = 0; line < 5_000; line += 1) log.info({ filler: 'x'.repeat(200) }, 'a line');
  },
};

endInOrder(
  async () => {
    log.info({}, 'stopped in order');
  },
  { logLevel: 'info', drainSeconds: 0 },
);
// Keeps the process alive.
setInterval(() => undefined, 1_000);
setImmediate(() => {
  process.send?.('ready');
  EVENTS[process.argv[2] ?? '']?.();
});
