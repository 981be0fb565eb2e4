import type { Accounts } from '../accounts/index.ts';
import type { JobKind } from '../platform/jobs/jobs.ts';
import type { Vault } from '../vault/index.ts';
import type { Deletions } from './create-deletions.ts';
import { PURGE_JOB } from './purge-accounts.ts';

/** The jobs that purge accounts. */
export function deletionsJobs({
  deletions,
  accounts,
  vault,
}: {
  readonly deletions: Pick<Deletions, 'purgeDue'>;
  readonly accounts: Pick<Accounts, 'purgeTemporary'>;
  readonly vault: Pick<Vault, 'destroyLeaves'>;
}): readonly JobKind[] {
  return [
    {
      name: PURGE_JOB,
      schedule: '*/10 * * * *',
      run: (_data, { signal }) => deletions.purgeDue(signal),
    },
    {
      name: 'purge-temporary-accounts',
      schedule: '*/10 * * * *',
      run: async () => {
        await accounts.purgeTemporary();
        await vault.destroyLeaves();
      },
    },
  ];
}
