export type ExportStatus = 'waiting' | 'running' | 'ready' | 'failed' | 'downloaded' | 'expired';

/** One export that a person requested. */
export interface AccountExport {
  readonly id: string;
  readonly accountId: string;
  readonly status: ExportStatus;
  readonly locale: string;
  readonly stepsDone: number;
  readonly stepsTotal: number;
  /** Size of the ZIP file; null until it is ready. */
  readonly bytes: number | null;
  readonly chunks: number | null;
  readonly requestedAt: Date;
  readonly readyAt: Date | null;
  readonly expiresAt: Date | null;
  readonly downloadedAt: Date | null;
}

/** The time in which a finished export can be downloaded. */
export const EXPORT_LIFE_SECONDS = 86_400;

export const EXPORT_JOB = 'make-export';

/** The context to which a sealed piece of an export is bound: it cannot be opened in another one. */
export function chunkContext(piece: {
  readonly accountId: string;
  readonly exportId: string;
  readonly position: number;
}): string {
  const { accountId, exportId, position } = piece;
  return `account_export_chunks:sealed_content:${accountId}:${exportId}:${String(position)}`;
}
