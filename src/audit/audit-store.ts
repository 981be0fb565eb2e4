import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';

/** One row of `audit_events`, to be written. */
export interface NewAuditRow {
  readonly kind: string;
  readonly accountId: string | null;
  readonly clientId: string | null;
  readonly actorId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  readonly details: object;
  readonly occurredAt: Date;
}

/** One row of `audit_events`, as read. */
export interface AuditRow extends NewAuditRow {
  /** Grows with time; a 64-bit number as text. */
  readonly id: string;
}

/** The kinds of events that a list contains. */
export interface KindFilter {
  readonly kinds: readonly string[];
  /** `others`: every kind except these. */
  readonly which: 'these' | 'others';
}

interface AuditQuery {
  readonly accountId: string;
  /** Only events older than the one with this id. */
  readonly before: string | null;
  readonly from: Date | null;
  /** Only events before this moment. */
  readonly until: Date | null;
  readonly limit: number;
  /** Null: all kinds. */
  readonly only: KindFilter | null;
}

/** The insertion of one event for each row of `from`, as a part of another statement. */
export function auditInsertion(row: NewAuditRow, from: SqlStatement): SqlStatement {
  const details = JSON.stringify(row.details);
  return sql`insert into audit_events ${sql.selected({ ...row, details })} from ${from}`;
}

/** Append-only: there is no statement that changes or deletes. */
export function createAuditStore(db: Database) {
  return {
    async insert(row: NewAuditRow): Promise<void> {
      const details = JSON.stringify(row.details);
      await db.execute(sql`insert into audit_events ${sql.values({ ...row, details })}`);
    },

    /** As `insert`, unless this request has recorded an event of this kind about this account. */
    async insertOncePerRequest(row: NewAuditRow): Promise<void> {
      const details = JSON.stringify(row.details);
      const { kind, accountId, requestId, occurredAt } = row;
      const isSameAccount =
        accountId === null ? sql`account_id is null` : sql`account_id = ${accountId}`;
      await db.query(sql`insert into audit_events ${sql.selected({ ...row, details })}
        where not exists (select 1 from audit_events
          where ${isSameAccount} and occurred_at > ${occurredAt}::timestamptz - interval '1 minute'
            and kind = ${kind} and request_id = ${requestId})`);
    },

    /** One event of the same kind, moment and details for each account, in one statement. */
    async insertForAccounts(row: NewAuditRow, accountIds: readonly string[]): Promise<void> {
      await db.execute(sql`insert into audit_events (kind, account_id, actor_id, details, occurred_at)
        select ${row.kind}, given.account_id, ${row.actorId}, ${JSON.stringify(row.details)}, ${row.occurredAt}
        from unnest(${accountIds}::uuid[]) as given (account_id)`);
    },

    /** Is there an event of this kind about the account with these members in its details? */
    async exists({
      kind,
      accountId,
      details,
    }: Pick<NewAuditRow, 'kind' | 'accountId' | 'details'>) {
      const rows = await db.query(sql`select 1 from audit_events
        where account_id = ${accountId} and kind = ${kind} and details @> ${JSON.stringify(details)} limit 1`);
      return rows.length > 0;
    },

    /** Newest first. */
    list({ accountId, before, from, until, limit, only }: AuditQuery): Promise<AuditRow[]> {
      const { kinds = null, which = null } = only ?? {};
      return db.query<AuditRow>(sql`select id, kind, account_id, client_id, actor_id, ip, user_agent, request_id,
          details, occurred_at
        from audit_events
        where account_id = ${accountId} and (${before}::bigint is null or id < ${before})
          and (${from}::timestamptz is null or occurred_at >= ${from})
          and (${until}::timestamptz is null or occurred_at < ${until})
          and (${kinds}::text[] is null or (kind = any(${kinds})) = (${which}::text = 'these'))
        order by occurred_at desc, id desc limit ${limit}`);
    },
  };
}
