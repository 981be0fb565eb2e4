import type { Clients } from '../clients/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import type { Fetch } from '../platform/outbound/guarded-fetch.ts';
import type { Database } from '../platform/postgres/postgres.ts';

/** The dependencies of the use cases of this slice. */
export interface LogoutNoticesContext {
  readonly db: Database;
  readonly feed: Pick<ChangeFeed, 'publish' | 'subscribe'>;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly log: Logger;
  readonly clients: Pick<Clients, 'find' | 'findManaged'>;
  /** Sends to addresses of apps, and never inside our own network. */
  readonly fetch: Fetch;
}
