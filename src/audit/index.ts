import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { SqlStatement } from '../platform/postgres/sql.ts';
import { currentRequest } from '../platform/request-context.ts';
import type { AuditKind } from './audit-kind.ts';
import {
  auditInsertion,
  createAuditStore,
  type AuditRow,
  type KindFilter,
  type NewAuditRow,
} from './audit-store.ts';
import { createLateEvents, type LateEventReport } from './late-events.ts';

export { ACCESS_EVENT_KINDS, type AuditKind } from './audit-kind.ts';
export type { LateEventReport } from './late-events.ts';

/** An event of security or administration. */
export interface AuditEvent {
  readonly kind: AuditKind;
  /** The account that the event concerns. */
  readonly accountId?: string | null;
  readonly clientId?: string | null;
  /** The actor, if it is not the account itself. */
  readonly actorId?: string | null;
  /** Names, counts and decisions. Never values, codes, tokens or passwords. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type RecordedEvent = AuditRow;

interface LateRow {
  readonly row: NewAuditRow;
  /** It may have been recorded in this request already. */
  readonly isUncertain: boolean;
}

interface AuditListOptions {
  /** The id of the last event of the page before. */
  readonly before?: string;
  readonly from?: Date | undefined;
  /** Only events before this moment. */
  readonly until?: Date | undefined;
  readonly limit?: number;
  /** Only events of these kinds, or of all others. */
  readonly only?: KindFilter | undefined;
}

interface AuditDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Default: nothing is reported. */
  readonly report?: LateEventReport;
}

const NO_REPORT: LateEventReport = { onDropped: () => undefined, onRecovered: () => undefined };

const DEFAULT_LIMIT = 50;
const LONGEST_USER_AGENT = 300;

/** The record of security and administration events. */
export function createAudit({ db, clock, report = NO_REPORT }: AuditDeps) {
  const late = createLateEvents<LateRow>({
    write: ({ row, isUncertain }) =>
      isUncertain
        ? createAuditStore(db).insertOncePerRequest(row)
        : createAuditStore(db).insert(row),
    report,
  });
  return {
    /**
     * Writes one event with the address and id of the current request. Pass the transaction of the change that the event
     * records, so that both are committed or neither is.
     */
    record(tx: Database, event: AuditEvent): Promise<void> {
      return createAuditStore(tx).insert(rowOf(clock, event));
    },

    /** As `record`, as a part of the statement that makes the change: it writes the event once for each row of `from`. */
    insertion: (event: AuditEvent, from: SqlStatement): SqlStatement =>
      auditInsertion(rowOf(clock, event), from),

    /**
     * Records an event that belongs to no transaction, such as a refusal. The event is written in the background. In an
     * outage it waits in bounded memory and is written afterwards with the time at which it happened.
     */
    recordAlone: (event: AuditEvent): void =>
      late.add({ row: rowOf(clock, event), isUncertain: false }),

    /**
     * As `recordAlone`, after a transaction that should have recorded the event failed and may be committed nevertheless: then the
     * event is not recorded again.
     */
    recordUnlessCommitted: (event: AuditEvent): void =>
      late.add({ row: rowOf(clock, event), isUncertain: true }),

    /** Tries again to write the waiting events. */
    close: () => late.close(),

    /** Records the same event for many accounts. */
    recordForAccounts(
      tx: Database,
      event: Pick<AuditEvent, 'kind' | 'actorId' | 'details'>,
      accountIds: readonly string[],
    ): Promise<void> {
      return createAuditStore(tx).insertForAccounts(rowOf(clock, event), accountIds);
    },

    /**
     * Has the account an event of this kind with these details? A client repeats a request whose response was lost; the
     * event shows that the first request succeeded, and reveals nothing about other accounts.
     */
    wasRecorded(
      tx: Database,
      event: Required<Pick<AuditEvent, 'kind' | 'details'>> & { readonly accountId: string | null },
    ): Promise<boolean> {
      return createAuditStore(tx).exists(event);
    },

    /** Events about one account, newest first. */
    list(accountId: string, options: AuditListOptions = {}): Promise<RecordedEvent[]> {
      const { before = null, from = null, until = null, limit = DEFAULT_LIMIT } = options;
      const { only = null } = options;
      return createAuditStore(db).list({ accountId, before, from, until, limit, only });
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;

function rowOf(clock: Clock, event: AuditEvent): NewAuditRow {
  const request = currentRequest();
  return {
    kind: event.kind,
    accountId: event.accountId ?? null,
    clientId: event.clientId ?? null,
    actorId: event.actorId ?? null,
    ip: request?.ip ?? null,
    userAgent: request?.userAgent.slice(0, LONGEST_USER_AGENT) ?? null,
    requestId: request?.requestId ?? null,
    details: event.details ?? {},
    occurredAt: clock.now(),
  };
}
