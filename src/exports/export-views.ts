import { createFormats } from '../platform/formats.ts';
import { page } from '../http/pages/page.ts';
import type { AccountExport } from './export.ts';

/** The page on which a person requests their data and downloads the file. */
export const exportPage = page<ReturnType<typeof presentExportPage>>('exports/export.njk');

const NONE = {
  id: null,
  status: null,
  stepsDone: 0,
  stepsTotal: 1,
  bytes: 0,
  readyAt: null,
  expiresAt: null,
  downloadedAt: null,
};

/** Presents the latest export; null: there is none. */
export function presentExportPage(
  latest: AccountExport | null,
  { locale, formError }: { readonly locale: string; readonly formError: string | null },
) {
  const { id, status, stepsDone, stepsTotal, bytes, ...times } = latest ?? NONE;
  const { readyAt, expiresAt, downloadedAt } = times;
  /** Size of the file as text: 1.4 MB. */
  const size = createFormats({ locale, now: new Date(0) }).fileSize(bytes ?? 0);
  const model = { status, exportId: id, stepsDone, stepsTotal, size, readyAt, expiresAt };
  return { ...model, downloadedAt, formError };
}
