import { AppError } from '../platform/app-error.ts';
import type { ExportsContext } from './context.ts';
import type { AccountExport } from './export.ts';
import { createExportStore } from './export-store.ts';

/** Names one export of one account. */
export interface ExportRef {
  readonly accountId: string;
  readonly exportId: string;
}

/** @throws AppError `export_not_found`, also for an export of another account. */
export async function findExport(
  { db }: Pick<ExportsContext, 'db'>,
  { accountId, exportId }: ExportRef,
): Promise<AccountExport> {
  const found = await createExportStore(db).find({ id: exportId, accountId });
  if (found === null) throw new AppError('not_found', 'export_not_found');
  return found;
}

/** The export that was requested last; null when there is none. */
export function latestExport(
  { db }: Pick<ExportsContext, 'db'>,
  accountId: string,
): Promise<AccountExport | null> {
  return createExportStore(db).latest(accountId);
}
