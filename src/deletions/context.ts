import type { Accounts } from '../accounts/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Consents } from '../consents/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Signer } from '../platform/keys/signer.ts';
import type { Vault } from '../vault/index.ts';

/** The dependencies of the use cases of this slice. */
export interface DeletionsContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly vault: Vault;
  readonly clients: Pick<Clients, 'find' | 'listOwnedBy' | 'setStatus'>;
  readonly consents: Pick<Consents, 'list'>;
  readonly ledger: Pick<Ledger, 'signRemoval'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly jobs: Jobs;
  readonly signer: Signer;
  readonly issuer: string;
  /** The time in which a deleted account can be restored. 0: it cannot be restored. */
  readonly retentionDays: number;
}
