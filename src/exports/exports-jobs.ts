import type { JobKind } from '../platform/jobs/jobs.ts';
import type { Exports } from './create-exports.ts';
import { EXPORT_JOB } from './export.ts';

/** The jobs that make exports and remove them in time. */
export function exportsJobs({
  exports,
}: {
  readonly exports: Pick<Exports, 'make' | 'purge'>;
}): readonly JobKind[] {
  return [
    {
      name: EXPORT_JOB,
      run: ({ exportId }, { signal, isLastAttempt }) =>
        exports.make({ exportId: String(exportId), signal, isLastAttempt }),
    },
    { name: 'purge-exports', schedule: '*/10 * * * *', run: () => exports.purge() },
  ];
}
