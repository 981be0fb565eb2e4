import type { NewReleaseRow } from './release-store.ts';

/** Remembers which releases this node wrote, as far as signing them is concerned. */
export interface UnsignedTime {
  /** @returns the same row. */
  note(row: NewReleaseRow): NewReleaseRow;
  /**
   * Seconds since the first release that the last checkpoint does not cover; never more than since that checkpoint. 0 when it
   * covers all.
   */
  secondsSince(madeAt: Date | null, now: Date): number;
}

/** In memory: the newest of all releases cannot be found in the table without reading a month of it. */
export function createUnsignedTime(): UnsignedTime {
  const noted: { first?: number; last?: number } = {};
  return {
    note: (row) => {
      noted.last = row.releasedAt.getTime();
      noted.first ??= noted.last;
      return row;
    },
    secondsSince: (madeAt, now) => {
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
