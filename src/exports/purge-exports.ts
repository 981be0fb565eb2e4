import type { ExportsContext } from './context.ts';
import { createExportContentStore } from './export-content-store.ts';

const HOUR_MS = 3_600_000;
/** A download takes minutes; after an hour it has been interrupted. */
const DOWNLOAD_MS = HOUR_MS;
/** After this time without progress the job has failed, or its machine was lost at the last attempt. */
const ABANDONED_MS = 2 * HOUR_MS;
const SHOWN_MS = 30 * 24 * HOUR_MS;

/**
 * Removes exports that were not downloaded in time, remaining content of downloads, and abandoned exports.
 * @returns the number of exports that were not downloaded in time.
 */
export async function purgeExports({
  db,
  clock,
}: Pick<ExportsContext, 'db' | 'clock'>): Promise<number> {
  const now = clock.now();
  const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);
  const content = createExportContentStore(db);
  const expired = await content.expire(now);
  await content.removeDownloaded(ago(DOWNLOAD_MS));
  await content.failAbandoned(ago(ABANDONED_MS), now);
  await content.removeOlderThan(ago(SHOWN_MS));
  return expired;
}
