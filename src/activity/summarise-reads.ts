import type { ReadsOfClaim, ReleaseFilter } from '../ledger/index.ts';
import { addDays, dayIn, startOfDayIn } from '../platform/time-zones.ts';
import { decidingClaim } from '../scopes/index.ts';
import type { ActivityContext } from './context.ts';

type ReadsContext = Pick<ActivityContext, 'clock'> & {
  readonly ledger: Pick<ActivityContext['ledger'], 'readsByApp' | 'readsByClaim' | 'readsByPeriod'>;
};

const YEAR_MS = 366 * 86_400_000;
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

export interface ReadsOfDay {
  /** YYYY-MM-DD in the requested time zone. */
  readonly day: string;
  readonly reads: number;
}

/**
 * The number of reads of each day of a time zone (default: UTC), also of days without any, oldest first: the last 30 days, or
 * the requested time, at most its last 92 days.
 */
export async function readsPerDay(
  { ledger, clock }: ReadsContext,
  { timeZone = 'UTC', ...filter }: ReleaseFilter & { readonly timeZone?: string | undefined },
): Promise<ReadsOfDay[]> {
  const now = clock.now().getTime();
  const end = Math.min(filter.until?.getTime() ?? Infinity, now);
  const lastDay = dayIn(timeZone, new Date(end === now ? end : end - 1));
  const days = daysUntil(lastDay, filter.from === undefined ? null : dayIn(timeZone, filter.from));
  const starts = days.map((day) => startOfDayIn(timeZone, day));
  const found = await ledger.readsByPeriod(filter, starts);
  const reads = new Map(found.map((entry) => [entry.period, entry.reads]));
  return days.map((day, index) => ({ day, reads: reads.get(index) ?? 0 }));
}

/** The days up to the last one; `first` limits them. */
function daysUntil(lastDay: string, first: string | null): string[] {
  const count = first === null ? USUAL_PLOT_DAYS : LONGEST_PLOT_DAYS;
  return Array.from({ length: count }, (_, index) => addDays(lastDay, index - count + 1)).filter(
    (day) => first === null || day >= first,
  );
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
