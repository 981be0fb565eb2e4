import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { currentRequest } from '../platform/request-context.ts';
import type { AuditKind } from './audit-kind.ts';
import { createAuditStore, type AuditRow, type NewAuditRow } from './audit-store.ts';
import { createLateEvents, type LateEventReport } from './late-events.ts';

export type { AuditKind } from './audit-kind.ts';
export type { LateEventReport } from './late-events.ts';

/** Something about security or administration that happened. */
export interface AuditEvent {
  readonly kind: AuditKind;
  /** Whose account it is about. */
  readonly accountId?: string | null;
  readonly clientId?: string | null;
  /** Who did it, when that is not the account itself. */
  readonly actorId?: string | null;
  /** Names, counts and decisions. Never values, codes, tokens or passwords. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type RecordedEvent = AuditRow;

/** The record of security and administration events. */
export interface Audit {
  /**
   * Writes one event with the current request's address and id. Give the transaction of what happened,
   * so that neither is ever there without the other.
   */
  record(db: Database, event: AuditEvent): Promise<void>;
  /**
   * Records an event that belongs to no transaction, such as a refusal. It is written in the background; in an outage it waits in
   * bounded memory and is written afterwards with the time at which it happened.
   */
  recordAlone(event: AuditEvent): void;
  /** Tries once more to write the events that wait. */
  close(): Promise<void>;
  /** The same event for many accounts, for what a command did to them. */
  recordForAccounts(
    tx: Database,
    event: Pick<AuditEvent, 'kind' | 'actorId' | 'details'>,
    accountIds: readonly string[],
  ): Promise<void>;
  /**
   * Was this done to something of the account before? A request that is repeated after its answer was lost is recognised so,
   * and nothing shows about what belongs to others.
   */
  wasRecorded(
    db: Database,
    event: Required<Pick<AuditEvent, 'kind' | 'details'>> & { readonly accountId: string | null },
  ): Promise<boolean>;
  /** Events about one account, newest first. */
  list(accountId: string, options?: AuditListOptions): Promise<RecordedEvent[]>;
}

export interface AuditListOptions {
  /** The id of the last event of the page before. */
  readonly before?: string;
  readonly from?: Date;
  /** Only events before this moment. */
  readonly until?: Date;
  readonly limit?: number;
}

export interface AuditDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Default: nothing is reported. */
  readonly report?: LateEventReport;
}

const NO_REPORT: LateEventReport = { onDropped: () => undefined, onRecovered: () => undefined };

const DEFAULT_LIMIT = 50;
const LONGEST_USER_AGENT = 300;

/** Connects the audit record to its table. */
export function createAudit({ db, clock, report = NO_REPORT }: AuditDeps): Audit {
  const late = createLateEvents<NewAuditRow>({
    write: (row) => createAuditStore(db).insert(row),
    report,
  });
  return Object.freeze<Audit>({
    record: (on: Database, event: AuditEvent) => createAuditStore(on).insert(rowOf(clock, event)),
    recordAlone: (event: AuditEvent) => late.add(rowOf(clock, event)),
    close: () => late.close(),
    recordForAccounts: (tx, event, accountIds) =>
      createAuditStore(tx).insertForAccounts(rowOf(clock, event), accountIds),
    wasRecorded: (on, event) => createAuditStore(on).exists(event),
    list: (accountId: string, options: AuditListOptions = {}) =>
      createAuditStore(db).list({
        accountId,
        before: options.before ?? null,
        from: options.from ?? null,
        until: options.until ?? null,
        limit: options.limit ?? DEFAULT_LIMIT,
      }),
  });
}

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
