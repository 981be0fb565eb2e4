import { decidingClaim } from '../scopes/index.ts';
import type { Channel, RecordedRelease } from './release.ts';

/** Consecutive equal reads, shown as one. */
export interface FoldedReads {
  readonly type: 'reads';
  /** The newest of these reads. */
  readonly at: Date;
  readonly firstAt: Date;
  readonly count: number;
  readonly clientId: string;
  readonly channel: Channel;
  readonly claims: readonly string[];
  /** Each read, newest first. */
  readonly reads: readonly { readonly at: Date; readonly ip: string | null }[];
}

const FOLD_WITHIN_MS = 86_400_000;

/**
 * Joins equal reads within 24 hours, for display only: the ledger contains each read. With `dayOf` only reads of the same
 * day are joined.
 */
export function foldReads(
  releases: readonly RecordedRelease[],
  dayOf: (moment: Date) => string = () => '',
): FoldedReads[] {
  const folded: FoldedReads[] = [];
  const indexes = new Map<string, number>();
  for (const release of releases) {
    const { clientId, channel, releasedAt: at, ip } = release;
    const claims = [...new Set(release.claims.map(decidingClaim))].filter((name) => name !== null);
    const key = JSON.stringify([clientId, channel, claims.toSorted(), dayOf(at)]);
    const index = indexes.get(key) ?? -1;
    const newest = folded[index];
    if (newest !== undefined && newest.at.getTime() - at.getTime() < FOLD_WITHIN_MS) {
      const reads = [...newest.reads, { at, ip }];
      folded[index] = { ...newest, count: reads.length, firstAt: at, reads };
    } else {
      indexes.set(key, folded.length);
      const reads = [{ at, ip }];
      folded.push({ type: 'reads', at, firstAt: at, count: 1, clientId, channel, claims, reads });
    }
  }
  return folded;
}
