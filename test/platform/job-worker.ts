// A process that starts jobs named `stuck` and never finishes them. The test kills it.
import { startJobRunner } from '../../src/platform/jobs/job-runner.ts';
import { createLogger } from '../../src/platform/logger.ts';

await startJobRunner({
  url: process.argv[2] ?? '',
  log: createLogger({ level: 'silent' }),
  kinds: [
    {
      name: 'stuck',
      run: () => {
        process.send?.('taken');
        return new Promise(() => undefined);
      },
    },
  ],
});
