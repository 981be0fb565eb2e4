import type { BoundUseCases } from '../platform/bind-use-cases.ts';
import type { JobKind } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import type { signCheckpoints } from './sign-checkpoints.ts';

/** The background jobs of the ledger. */
export function ledgerJobs({
  ledger,
  log,
}: {
  readonly ledger: BoundUseCases<{ signCheckpoints: typeof signCheckpoints }> & {
    ensurePartitions(): Promise<void>;
  };
  readonly log: Logger;
}): readonly JobKind[] {
  return [
    { name: 'ledger-partitions', schedule: '41 */6 * * *', run: () => ledger.ensurePartitions() },
    {
      name: 'ledger-checkpoints',
      schedule: '7 * * * *',
      run: async (_data, { signal }) => {
        const last = (await ledger.signCheckpoints(signal)).at(-1);
        // Logs are stored elsewhere than the database: an attacker who rewrites the ledger cannot rewrite this line.
        if (last !== undefined) log.info({ checkpoint: last }, 'the ledger was signed');
      },
    },
  ];
}
