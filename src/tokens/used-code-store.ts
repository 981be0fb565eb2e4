import { AppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';

/** The durable record of single uses, for kinds that are kept in Redis. */
export interface UsedCodeStore {
  /**
   * Exactly one caller per fingerprint returns, ever.
   * @throws AppError `already_used` (kind `conflict`) for every other.
   */
  markUsed(fingerprint: Buffer): Promise<void>;
  /** When it was used; null when it was not. */
  findUse(fingerprint: Buffer): Promise<Date | null>;
}

/** A row per use: a Redis that failed over or was restored cannot make a spent code good again. */
export function createUsedCodeStore(deps: {
  readonly db: Database;
  readonly clock: Clock;
}): UsedCodeStore {
  return Object.freeze({
    markUsed: async (fingerprint: Buffer) => {
      const won = await deps.db.query({
        name: 'used_codes-mark',
        text: `insert into used_codes (fingerprint, used_at) values ($1, $2)
               on conflict (fingerprint) do nothing returning 1`,
        values: [fingerprint, deps.clock.now()],
      });
      if (won.length === 0) throw new AppError('conflict', 'already_used');
    },
    findUse: async (fingerprint: Buffer) => {
      const [row] = await deps.db.query<{ used_at: Date }>({
        name: 'used_codes-find',
        text: 'select used_at from used_codes where fingerprint = $1',
        values: [fingerprint],
      });
      return row?.used_at ?? null;
    },
  });
}
