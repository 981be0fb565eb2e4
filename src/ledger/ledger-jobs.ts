import type { JobKind } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import type { Ledger } from './create-ledger.ts';

/** The background jobs of the ledger. */
export function ledgerJobs({
  ledger,
  log,
}: {
  readonly ledger: Pick<Ledger, 'signCheckpoints' | 'ensurePartitions'>;
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
