import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Redis } from '../platform/redis/redis.ts';

/** The dependencies of the use cases and stores of this slice. */
export interface TokensContext {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  /** Null: everything is kept in Postgres. */
  readonly redis: Redis | null;
  /** The prefix of every Redis key, so that one Redis can serve several installations. */
  readonly keyPrefix: string;
  readonly transientSealer: Sealer;
  /** 32 bytes, for blind indexes over user codes, which are too short for a plain hash. */
  readonly indexKey: Buffer;
  /** For how long a refresh may be repeated. */
  readonly refreshTokenGraceSeconds: number;
}

/** The time `seconds` from now. */
export function inSeconds({ clock }: Pick<TokensContext, 'clock'>, seconds: number): Date {
  return new Date(clock.now().getTime() + seconds * 1000);
}
