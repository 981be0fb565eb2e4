import type { ReadsOfClaim, ReadsOfDay, ReleaseFilter } from '../ledger/index.ts';
import { decidingClaim } from '../scopes/index.ts';
import type { ActivityContext } from './context.ts';

type ReadsContext = Pick<ActivityContext, 'clock'> & {
  readonly ledger: Pick<ActivityContext['ledger'], 'readsByApp' | 'readsByClaim' | 'readsByDay'>;
};

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
const LONGEST_PLOT_DAYS = 92;
const USUAL_PLOT_DAYS = 30;

/**
 * The number of reads per app and per claim, of the last year or of the requested time; those with the newest reads come
 * first. A claim and its companion (an e-mail address and its verification) count once.
 */
export async function summariseReads({ ledger, clock }: ReadsContext, filter: ReleaseFilter) {
  const from = filter.from ?? new Date(clock.now().getTime() - YEAR_MS);
  const [apps, claims] = await Promise.all([
    ledger.readsByApp({ ...filter, from }),
    ledger.readsByClaim({ ...filter, from }),
  ]);
  return {
    from,
    apps: apps.map((app) => ({ ...app, claims: decidingClaims(app.claims) })),
    claims: mergeClaims(claims),
  };
}

/**
 * The number of reads of each day, also of days without any, oldest first: the last 30 days, or the requested time, at
 * most its last 92 days.
 */
export async function readsPerDay(
  { ledger, clock }: ReadsContext,
  filter: ReleaseFilter,
): Promise<ReadsOfDay[]> {
  const now = clock.now().getTime();
  const end = Math.min(filter.until?.getTime() ?? Infinity, now);
  const lastDay = startOfDay(filter.until === undefined || end === now ? end : end - 1);
  const days = filter.from === undefined ? USUAL_PLOT_DAYS : LONGEST_PLOT_DAYS;
  const firstDay = Math.max(
    lastDay - (days - 1) * DAY_MS,
    filter.from === undefined ? -Infinity : startOfDay(filter.from.getTime()),
  );
  if (firstDay > lastDay) return [];
  const found = await ledger.readsByDay({ ...filter, from: new Date(firstDay) });
  const reads = new Map(found.map((entry) => [entry.day, entry.reads]));
  return Array.from({ length: (lastDay - firstDay) / DAY_MS + 1 }, (_, index) => {
    const day = new Date(firstDay + index * DAY_MS).toISOString().slice(0, 10);
    return { day, reads: reads.get(day) ?? 0 };
  });
}

function startOfDay(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

function decidingClaims(claims: readonly string[]): string[] {
  return [...new Set(claims.map(decidingClaim))].filter((claim) => claim !== null);
}

function mergeClaims(found: readonly ReadsOfClaim[]): ReadsOfClaim[] {
  const merged = new Map<string, ReadsOfClaim>();
  for (const entry of found) {
    const claim = decidingClaim(entry.claim);
    if (claim === null) continue;
    const known = merged.get(claim) ?? { ...entry, claim };
    merged.set(claim, {
      claim,
      reads: Math.max(known.reads, entry.reads),
      lastAt: known.lastAt > entry.lastAt ? known.lastAt : entry.lastAt,
      clientIds: [...new Set([...known.clientIds, ...entry.clientIds])],
    });
  }
  return [...merged.values()];
}
