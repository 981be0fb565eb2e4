import type { Accounts } from '../accounts/index.ts';
import type { Audit } from '../audit/index.ts';
import type { MessageQueue } from '../messaging/message-queue.ts';
import type { Clock } from '../platform/clock.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Vault } from '../vault/index.ts';
import type { ExportSection, ExportWords } from './export-section.ts';
import type { ReadablePart } from './readable/readable-entry.ts';

/** The dependencies of the use cases of this slice. */
export interface ExportsContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  readonly accounts: Pick<Accounts, 'find'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'findSealer'>;
  readonly mailer: Pick<MessageQueue, 'enqueue'>;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly issuer: string;
  readonly words: ExportWords;
  /** The sections of `data.json`, in order. */
  readonly sections: readonly ExportSection[];
  /** The parts of the readable page, in order. */
  readonly parts: readonly ReadablePart[];
}
