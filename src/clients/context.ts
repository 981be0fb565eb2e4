import type { Accounts } from '../accounts/index.ts';
import type { Audit } from '../audit/index.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { ImageEncoder } from '../platform/blobs/image-encoder.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { OutboundRules } from '../platform/outbound/outbound-address.ts';
import type { RateLimiter } from '../platform/rate-limiter.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Tokens } from '../tokens/index.ts';
import type { Vault } from '../vault/index.ts';

/** The dependencies of the use cases of this slice. */
export interface ClientsContext {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record' | 'wasRecorded'>;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly tokens: Pick<Tokens, 'revokeGrants'>;
  readonly images: Pick<ImageEncoder, 'encodeSquares'>;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly accounts: Pick<Accounts, 'find'>;
  readonly vault: Pick<Vault, 'recentAttributes'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly rateLimiter: Pick<RateLimiter, 'consume'>;
  /** Where the server may send sign-out notices. */
  readonly outbound: OutboundRules;
  /** The names of this service and its operator. */
  readonly brand: { readonly name: string; readonly operator: { readonly name: string | null } };
}
