import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Redis } from '../platform/redis/redis.ts';

/** The dependencies of the stores of this slice. */
export interface TokenStorage {
  /** The pool or a transaction. */
  readonly db: Database;
  /** Null: everything is kept in Postgres. */
  readonly redis: Redis | null;
  /** The prefix of every Redis key, so that one Redis can serve several installations. */
  readonly keyPrefix: string;
  readonly transientSealer: Sealer;
  /** 32 bytes, for blind indexes over user codes, which are too short for a plain hash. */
  readonly indexKey: Buffer;
  readonly clock: Clock;
}

/** The time `seconds` from now. */
export function inSeconds({ clock }: Pick<TokenStorage, 'clock'>, seconds: number): Date {
  return new Date(clock.now().getTime() + seconds * 1000);
}
