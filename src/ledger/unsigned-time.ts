import type { NewReleaseRow } from './release-store.ts';

/**
 * Keeps in memory which releases this node wrote since the last checkpoint, because a query for the newest release
 * would read a month of rows.
 */
export function createUnsignedTime() {
  const noted: { first?: number; last?: number } = {};
  return {
    /** @returns the same row. */
    note(row: NewReleaseRow): NewReleaseRow {
      noted.last = row.releasedAt.getTime();
      noted.first ??= noted.last;
      return row;
    },

    /**
     * Seconds since the first release that the last checkpoint does not cover; never more than since that checkpoint. 0 when
     * it covers all.
     */
    secondsSince(madeAt: Date | null, now: Date): number {
      const { first, last } = noted;
      if (first === undefined || last === undefined) return 0;
      if (madeAt !== null && last <= madeAt.getTime()) {
        delete noted.first;
        delete noted.last;
        return 0;
      }
      const since = Math.max(first, madeAt?.getTime() ?? 0);
      return Math.max(0, (now.getTime() - since) / 1000);
    },
  };
}
