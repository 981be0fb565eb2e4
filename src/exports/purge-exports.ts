import { createExportContentStore } from './export-content-store.ts';
import type { ExportsDeps } from './exports-deps.ts';

const HOUR_MS = 3_600_000;
/** A download takes minutes; after an hour it has been broken off. */
const DOWNLOAD_MS = HOUR_MS;
/** The job has been given up, or its machine was lost at the last attempt. */
const SILENT_MS = 2 * HOUR_MS;
const REMEMBERED_MS = 30 * 24 * HOUR_MS;

/** Removes exports that were not downloaded in time, rests of downloads, and stuck exports. @returns how many had waited too long. */
export async function purgeExports({
  db,
  clock,
}: Pick<ExportsDeps, 'db' | 'clock'>): Promise<number> {
  const now = clock.now();
  const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);
  const content = createExportContentStore(db);
  const expired = await content.expire(now);
  await content.removeDownloaded(ago(DOWNLOAD_MS));
  await content.failSilent(ago(SILENT_MS), now);
  await content.removeOlderThan(ago(REMEMBERED_MS));
  return expired;
}
