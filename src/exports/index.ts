/** exports: everything about a person, in one file that they can keep. */
import { AppError } from '../platform/app-error.ts';
import {
  downloadExport,
  type DownloadExportInput,
  type ExportDownload,
} from './download-export.ts';
import type { AccountExport } from './export.ts';
import { createExportStore } from './export-store.ts';
import type { ExportsDeps } from './exports-deps.ts';
import { makeExport, type MakeExportInput } from './make-export.ts';
import { purgeExports } from './purge-exports.ts';
import { requestExport, type RequestExportInput } from './request-export.ts';

export { createExportWords } from './export-document-views.ts';
export type { ExportFile, ExportRecord, ExportSection, ExportSubject } from './export-section.ts';
export { personalSections, type SectionDeps } from './export-sections.ts';
export type { AccountExport, ExportStatus } from './export.ts';
export type { ExportsDeps } from './exports-deps.ts';

/** Use cases of this slice. */
export interface Exports {
  /** See {@link requestExport}. */
  request(input: RequestExportInput): Promise<AccountExport>;
  /** @throws AppError `export_not_found`, also for another account's. */
  find(input: DownloadExportInput): Promise<AccountExport>;
  /** The one that was requested last. */
  latest(accountId: string): Promise<AccountExport | null>;
  /** See {@link makeExport}. */
  make(input: MakeExportInput): Promise<void>;
  /** See {@link downloadExport}. */
  download(input: DownloadExportInput): Promise<ExportDownload>;
  /** See {@link purgeExports}. */
  purge(): Promise<number>;
}

/** Connects the use cases to their tables. */
export function createExports(deps: ExportsDeps): Exports {
  const store = createExportStore(deps.db);
  return Object.freeze({
    request: (input: RequestExportInput) => requestExport(deps, input),
    find: async ({ accountId, exportId }: DownloadExportInput) => {
      const found = await store.find({ id: exportId, accountId });
      if (found === null) throw new AppError('not_found', 'export_not_found');
      return found;
    },
    latest: (accountId: string) => store.latest(accountId),
    make: (input: MakeExportInput) => makeExport(deps, input),
    download: (input: DownloadExportInput) => downloadExport(deps, input),
    purge: () => purgeExports(deps),
  });
}
