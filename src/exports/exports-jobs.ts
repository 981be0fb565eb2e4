import type { JobKind } from '../platform/jobs/jobs.ts';
import { EXPORT_JOB } from './export.ts';
import type { Exports } from './index.ts';

/** Makes exports, and removes them in time. */
export function exportsJobs({ exports }: { readonly exports: Exports }): readonly JobKind[] {
  return [
    {
      name: EXPORT_JOB,
      run: ({ exportId }, { signal, isLastAttempt }) =>
        exports.make({ exportId: String(exportId), signal, isLastAttempt }),
    },
    { name: 'purge-exports', schedule: '*/10 * * * *', run: () => exports.purge() },
  ];
}
