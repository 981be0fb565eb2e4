import { Readable } from 'node:stream';

import { AppError } from '../platform/app-error.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { ExportsContext } from './context.ts';
import { chunkContext, type AccountExport } from './export.ts';
import { createExportContentStore } from './export-content-store.ts';
import { createExportStore } from './export-store.ts';
import { findExport, type ExportRef } from './find-export.ts';

/**
 * Returns the file once: of concurrent callers exactly one gets it. It is removed after the download, also when the
 * download is interrupted.
 * @throws AppError `export_not_found`, also for an export of another account; `export_gone` (kind `gone`) when it was
 *   downloaded or is too old; `export_not_ready` (kind `conflict`).
 */
export async function downloadExport(ctx: ExportsContext, ref: ExportRef) {
  const { accountId, exportId } = ref;
  const sealer = await ctx.vault.findSealer(accountId);
  const found = await ctx.db.transaction(async (tx) => {
    const key = { id: exportId, accountId };
    const row = await createExportStore(tx).markDownloaded(key, ctx.clock.now());
    if (row === null) return null;
    await ctx.audit.record(tx, { kind: 'export.downloaded', accountId, details: { exportId } });
    return row;
  });
  if (found === null || sealer === null) throw refusalOf(await findExport(ctx, ref));
  const day = (found.readyAt ?? found.requestedAt).toISOString().slice(0, 10);
  return {
    fileName: `my-data-${day}.zip`,
    contentType: 'application/zip',
    body: Readable.from(readChunks(ctx, found, sealer), { objectMode: false }),
  };
}

async function* readChunks(
  ctx: ExportsContext,
  { id: exportId, accountId, chunks }: AccountExport,
  sealer: Sealer,
): AsyncGenerator<Buffer> {
  const content = createExportContentStore(ctx.db);
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

function refusalOf({ status }: AccountExport): AppError {
  const isUnready = status === 'waiting' || status === 'running' || status === 'failed';
  return isUnready
    ? new AppError('conflict', 'export_not_ready')
    : new AppError('gone', 'export_gone');
}
