import type { Audit } from '../audit/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Sessions } from '../sessions/index.ts';

/** The dependencies of the use cases of this slice. */
export interface AccountsContext {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  readonly sessions: Pick<Sessions, 'endAll' | 'shorten'>;
}
