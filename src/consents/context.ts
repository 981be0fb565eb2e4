import type { Accounts } from '../accounts/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Receipts } from '../receipts/index.ts';
import type { Scopes } from '../scopes/index.ts';
import type { Tokens } from '../tokens/index.ts';
import type { Vault } from '../vault/index.ts';
import type { Consent, ConsentKey } from './consent.ts';

/** The dependencies of the use cases of this slice. */
export interface ConsentsContext {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record' | 'insertion'>;
  readonly tokens: Pick<Tokens, 'revokeGrants' | 'singleUse'>;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly clients: Pick<Clients, 'find'>;
  readonly vault: Pick<Vault, 'addAttributeIn' | 'listAttributes' | 'recentAttributes'>;
  readonly receipts: Pick<Receipts, 'recordEvent'>;
  readonly ledger: Pick<Ledger, 'list'>;
  readonly accounts: Pick<Accounts, 'find'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  /** A consent without a read for this number of days is paused; 0: never. */
  readonly unusedAfterDays: number;
  /** The active consent in the memory of this node, as of at most the freshness bound of the change feed ago. */
  readonly recent: (key: ConsentKey) => Promise<Consent | null>;
  /** The number of people who have connected an app, as of at most ten minutes ago; see `page/count-people.ts`. */
  readonly countPeople: (clientId: string) => Promise<number>;
  /** Keeps the consent that `write` stores, and announces as `changeId`, in the memory of this node; null when it stores none. */
  readonly keepRecent: (
    key: ConsentKey,
    changeId: string,
    write: () => Promise<Consent | null>,
  ) => Promise<Consent | null>;
}
