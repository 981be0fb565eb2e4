import { page } from '../http/pages/page.ts';
import type { AccountExport, ExportStatus } from './export.ts';

export interface ExportModel {
  /** Null before the first one. */
  readonly status: ExportStatus | null;
  readonly exportId: string | null;
  readonly stepsDone: number;
  readonly stepsTotal: number;
  /** Size of the file as text: 1.4 MB. */
  readonly size: string;
  readonly readyAt: Date | null;
  readonly expiresAt: Date | null;
  readonly downloadedAt: Date | null;
  readonly formError: string | null;
}

/** The page on which a person requests their data and downloads the file. */
export const exportPage = page<ExportModel>('exports/export.njk', {
  status: 'running',
  exportId: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  stepsDone: 7,
  stepsTotal: 18,
  size: '1.4 MB',
  readyAt: new Date('2026-11-20T12:00:00Z'),
  expiresAt: new Date('2026-11-21T12:00:00Z'),
  downloadedAt: new Date('2026-11-20T14:00:00Z'),
  formError: 'export_gone',
});

/** Presents the latest export, or that there is none. */
export function presentExportPage(
  latest: AccountExport | null,
  { locale, formError }: { readonly locale: string; readonly formError: string | null },
): ExportModel {
  if (latest === null) return { ...NONE, formError };
  const { id: exportId, status, stepsDone, stepsTotal, readyAt, expiresAt, downloadedAt } = latest;
  const size = sizeText(latest.bytes ?? 0, locale);
  return {
    status,
    exportId,
    stepsDone,
    stepsTotal,
    size,
    readyAt,
    expiresAt,
    downloadedAt,
    formError,
  };
}

const NONE: Omit<ExportModel, 'formError'> = {
  status: null,
  exportId: null,
  stepsDone: 0,
  stepsTotal: 1,
  size: '',
  readyAt: null,
  expiresAt: null,
  downloadedAt: null,
};

const STEPS = ['kilobyte', 'megabyte', 'gigabyte'] as const;

function sizeText(bytes: number, locale: string): string {
  let value = bytes / 1_000;
  let step = 0;
  for (; value >= 1_000 && step < STEPS.length - 1; step += 1) value /= 1_000;
  const unit = STEPS[step] ?? 'kilobyte';
  const format = { style: 'unit', unit, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, format).format(Math.max(value, 0.1));
}
