import type { Database } from '../platform/postgres/postgres.ts';

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

export interface AuditQuery {
  readonly accountId: string;
  /** Only events older than the one with this id. */
  readonly before: string | null;
  readonly from: Date | null;
  /** Only events before this moment. */
  readonly until: Date | null;
  readonly limit: number;
}

export interface AuditStore {
  insert(row: NewAuditRow): Promise<void>;
  /** One event of the same kind, moment and details for each account, in one statement. */
  insertForAccounts(row: NewAuditRow, accountIds: readonly string[]): Promise<void>;
  /** Is there an event of this kind about the account with these members in its details? */
  exists(event: Pick<NewAuditRow, 'kind' | 'accountId' | 'details'>): Promise<boolean>;
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditRow[]>;
}

/** Append-only: there is no statement that changes or deletes. */
export function createAuditStore(db: Database): AuditStore {
  return Object.freeze({
    insert: async (row: NewAuditRow) => {
      await db.query({
        name: 'audit-insert',
        text: `insert into audit_events
            (kind, account_id, client_id, actor_id, ip, user_agent, request_id, details, occurred_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        values: [
          row.kind,
          row.accountId,
          row.clientId,
          row.actorId,
          row.ip,
          row.userAgent,
          row.requestId,
          JSON.stringify(row.details),
          row.occurredAt,
        ],
      });
    },
    insertForAccounts: async (row: NewAuditRow, accountIds: readonly string[]) => {
      await db.query({
        name: 'audit-insert-for-accounts',
        text: `insert into audit_events (kind, account_id, actor_id, details, occurred_at)
               select $1, given.account_id, $3, $4, $5 from unnest($2::uuid[]) as given (account_id)`,
        values: [row.kind, accountIds, row.actorId, JSON.stringify(row.details), row.occurredAt],
      });
    },
    exists: async ({
      kind,
      accountId,
      details,
    }: Pick<NewAuditRow, 'kind' | 'accountId' | 'details'>) => {
      const rows = await db.query({
        name: 'audit-exists',
        text: `select 1 from audit_events where account_id = $1 and kind = $2 and details @> $3 limit 1`,
        values: [accountId, kind, JSON.stringify(details)],
      });
      return rows.length > 0;
    },
    list: (query: AuditQuery) =>
      db.query<AuditRow>({
        name: 'audit-list',
        text: `select id, kind, account_id as "accountId", client_id as "clientId", actor_id as "actorId", ip,
            user_agent as "userAgent", request_id as "requestId", details, occurred_at as "occurredAt"
          from audit_events
          where account_id = $1 and ($2::bigint is null or id < $2)
            and ($3::timestamptz is null or occurred_at >= $3) and ($4::timestamptz is null or occurred_at < $4)
          order by occurred_at desc, id desc limit $5`,
        values: [query.accountId, query.before, query.from, query.until, query.limit],
      }),
  });
}
