import { Readable } from 'node:stream';

import { AppError } from '../platform/app-error.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import { chunkContext, type AccountExport } from './export.ts';
import { createExportContentStore } from './export-content-store.ts';
import { createExportStore } from './export-store.ts';
import type { ExportsDeps } from './exports-deps.ts';

export interface DownloadExportInput {
  readonly accountId: string;
  readonly exportId: string;
}

export interface ExportDownload {
  readonly fileName: string;
  readonly contentType: string;
  readonly body: Readable;
}

/**
 * Hands the file out, once: of any number of callers at the same time exactly one gets it. It is removed when it has been
 * read, or when reading it has been broken off.
 * @throws AppError `export_not_found`, also for another account's; `export_gone` (kind `gone`) when it was downloaded or is too
 * old; `export_not_ready` (kind `conflict`).
 */
export async function downloadExport(
  deps: ExportsDeps,
  input: DownloadExportInput,
): Promise<ExportDownload> {
  const { accountId, exportId } = input;
  const sealer = await deps.vault.findSealer(accountId);
  const claimed = await deps.db.transaction(async (tx) => {
    const row = await createExportStore(tx).claimDownload(
      { id: exportId, accountId },
      deps.clock.now(),
    );
    if (row === null) return null;
    await deps.audit.record(tx, { kind: 'export.downloaded', accountId, details: { exportId } });
    return row;
  });
  if (claimed === null || sealer === null) throw await refusal(deps, input);
  const day = (claimed.readyAt ?? claimed.requestedAt).toISOString().slice(0, 10);
  return {
    fileName: `my-data-${day}.zip`,
    contentType: 'application/zip',
    body: Readable.from(readChunks(deps, claimed, sealer), { objectMode: false }),
  };
}

async function* readChunks(
  deps: ExportsDeps,
  { id: exportId, accountId, chunks }: AccountExport,
  sealer: Sealer,
): AsyncGenerator<Buffer> {
  const content = createExportContentStore(deps.db);
  try {
    for (let position = 0; position < (chunks ?? 0); position += 1) {
      const sealed = await content.read(exportId, position);
      if (sealed === null) throw new AppError('gone', 'export_gone');
      yield sealer.open(sealed, chunkContext({ accountId, exportId, position }));
    }
  } finally {
    await content.removeAll(exportId);
  }
}

async function refusal(
  deps: ExportsDeps,
  { accountId, exportId }: DownloadExportInput,
): Promise<AppError> {
  const found = await createExportStore(deps.db).find({ id: exportId, accountId });
  if (found === null) return new AppError('not_found', 'export_not_found');
  const isUnderWay = found.status === 'waiting' || found.status === 'running';
  if (isUnderWay || found.status === 'failed') return new AppError('conflict', 'export_not_ready');
  return new AppError('gone', 'export_gone');
}
