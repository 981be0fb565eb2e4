import type { Database } from '../../platform/postgres/postgres.ts';

/** Rows of `sign_in_failures`: wrong passwords in a row, per typed name and per account. */
export interface SignInFailureStore {
  /**
   * Counts an attempt as failed before it is made, so that attempts under way count too.
   * @returns how many in a row, this one included; null while locked (unless `passesLock`).
   */
  reserve(input: ReserveInput): Promise<number | null>;
  /** Keeps the subject locked at least until then. */
  lock(subjectIndex: Buffer, until: Date): Promise<void>;
  lockedUntil(subjectIndex: Buffer): Promise<Date | null>;
  /** Takes one attempt back that was never made. */
  release(subjectIndex: Buffer, harmless: number): Promise<void>;
  clear(subjectIndex: Buffer): Promise<void>;
  deleteOlderThan(before: Date, consecutiveBelow: number): Promise<number>;
}

export interface ReserveInput {
  readonly subjectIndex: Buffer;
  readonly at: Date;
  readonly passesLock: boolean;
  /** From this many in a row on, the reservation itself locks until `lockUntil`. */
  readonly lockFrom: number;
  readonly lockUntil: Date;
}

export function createSignInFailureStore(db: Database): SignInFailureStore {
  return Object.freeze({
    reserve: async ({ subjectIndex, at, passesLock, lockFrom, lockUntil }: ReserveInput) => {
      const [row] = await db.query<{ consecutive: number }>({
        name: 'sign-in-failures-reserve',
        text: `insert into sign_in_failures as f (subject_index, consecutive, last_failed_at)
               values ($1, 1, $2)
               on conflict (subject_index) do update set
                 consecutive = f.consecutive + 1,
                 last_failed_at = $2,
                 locked_until = case when f.consecutive + 1 >= $4
                   then greatest(f.locked_until, $5::timestamptz) else f.locked_until end
               where $3 or f.locked_until is null or f.locked_until <= $2
               returning consecutive`,
        values: [subjectIndex, at, passesLock, lockFrom, lockUntil],
      });
      return row?.consecutive ?? null;
    },

    lock: async (subjectIndex: Buffer, until: Date) => {
      await db.query({
        name: 'sign-in-failures-lock',
        text: `update sign_in_failures set locked_until = greatest(locked_until, $2)
               where subject_index = $1`,
        values: [subjectIndex, until],
      });
    },

    lockedUntil: async (subjectIndex: Buffer) => {
      const [row] = await db.query<{ locked_until: Date | null }>({
        name: 'sign-in-failures-locked-until',
        text: 'select locked_until from sign_in_failures where subject_index = $1',
        values: [subjectIndex],
      });
      return row?.locked_until ?? null;
    },

    release: async (subjectIndex: Buffer, harmless: number) => {
      await db.query({
        name: 'sign-in-failures-release',
        text: `update sign_in_failures set consecutive = greatest(consecutive - 1, 0),
                 locked_until = case when consecutive - 1 < $2 then null else locked_until end
               where subject_index = $1`,
        values: [subjectIndex, harmless],
      });
    },

    clear: async (subjectIndex: Buffer) => {
      await db.execute({
        name: 'sign-in-failures-clear',
        text: 'delete from sign_in_failures where subject_index = $1',
        values: [subjectIndex],
      });
    },

    deleteOlderThan: async (before: Date, consecutiveBelow: number) => {
      const rows = await db.query({
        name: 'sign-in-failures-delete-older-than',
        text: `delete from sign_in_failures
               where last_failed_at < $1 and consecutive < $2 returning consecutive`,
        values: [before, consecutiveBelow],
      });
      return rows.length;
    },
  });
}
