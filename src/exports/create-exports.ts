import { bindUseCases } from '../platform/bind-use-cases.ts';
import type { ExportsContext } from './context.ts';
import { downloadExport } from './download-export.ts';
import { findExport, latestExport } from './find-export.ts';
import { makeExport } from './make-export.ts';
import { purgeExports } from './purge-exports.ts';
import { requestExport } from './request-export.ts';

/** Connects the use cases to their dependencies. */
export function createExports(ctx: ExportsContext) {
  return bindUseCases(ctx, {
    request: requestExport,
    find: findExport,
    latest: latestExport,
    make: makeExport,
    download: downloadExport,
    purge: purgeExports,
  });
}

export type Exports = ReturnType<typeof createExports>;
