import type { BoundUseCases } from '../platform/bind-use-cases.ts';
import type { JobKind } from '../platform/jobs/jobs.ts';
import { EXPORT_JOB } from './export.ts';
import type { makeExport } from './make-export.ts';
import type { purgeExports } from './purge-exports.ts';

/** The jobs that make exports and remove them in time. */
export function exportsJobs({
  exports,
}: {
  readonly exports: BoundUseCases<{ make: typeof makeExport; purge: typeof purgeExports }>;
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
