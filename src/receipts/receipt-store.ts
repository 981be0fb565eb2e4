import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { WrittenText } from './consent-text.ts';
import type { ConsentReceipt, StoredReceipt } from './receipt.ts';

/** A row of `consent_events` to be written. */
interface NewEvent extends Pick<StoredReceipt, 'accountId' | 'clientId' | 'kind' | 'occurredAt'> {
  readonly consentId: string;
  readonly details: object;
  readonly locale: string | null;
  readonly receipt: ConsentReceipt;
  /** The text that the person read, if any. */
  readonly text: WrittenText | null;
}

export interface ReceiptQuery {
  readonly accountId: string;
  readonly clientId?: string | undefined;
  /** Only receipts of events older than the one with this id. */
  readonly before?: string | undefined;
  readonly limit: number;
}

const SELECT = sql`select id as event_id, account_id, client_id, kind, receipt, occurred_at, receipt_jws as jws
  from consent_events`;

/**
 * Writes an event, its receipt and the text that was read, for the row of `from`: members of the `with` clause of the statement that
 * changes the consent. There is no other way to write an event.
 */
export function eventInsertion(event: NewEvent, from: SqlStatement): SqlStatement {
  const { text, details, receipt, ...row } = event;
  const inserted = sql`event as (insert into consent_events ${sql.selected({
    ...row,
    details: JSON.stringify(details),
    textHash: text?.hash ?? null,
    receiptId: receipt.receipt_id,
    receipt: JSON.stringify(receipt),
  })} from ${from})`;
  if (text === null) return inserted;
  const { hash, content } = text;
  const createdAt = event.occurredAt;
  return sql`text as (insert into consent_texts ${sql.selected({ hash, content, createdAt })} from ${from}
    on conflict (hash) do nothing), ${inserted}`;
}

/** Rows of `consent_events`, each with its receipt, and of `consent_texts`. */
export function createReceiptStore(db: Database) {
  return {
    /** Newest first. */
    list({ accountId, clientId, before, limit }: ReceiptQuery): Promise<StoredReceipt[]> {
      return db.query<StoredReceipt>(sql`${SELECT}
        where account_id = ${accountId} and (${clientId}::text is null or client_id = ${clientId})
          and (${before}::bigint is null or id < ${before}) and receipt_id is not null
        order by id desc limit ${limit}`);
    },

    /** Null when the receipt belongs to another account. */
    async find(accountId: string, receiptId: string): Promise<StoredReceipt | null> {
      const [row] = await db.query<StoredReceipt>(
        sql`${SELECT} where receipt_id = ${receiptId} and account_id = ${accountId}`,
      );
      return row ?? null;
    },

    /** The text that the person read, as it was stored; null when there was none. */
    async findText(receiptId: string): Promise<string | null> {
      const [row] = await db.query<{ content: string }>(sql`select content from consent_texts
        where hash = (select text_hash from consent_events where receipt_id = ${receiptId})`);
      return row?.content ?? null;
    },

    /** Stores signed forms. Of several for one receipt the first is kept. @returns the stored forms, by event id. */
    async saveSigned(signed: readonly { readonly eventId: string; readonly jws: string }[]) {
      const rows = await db.query<{ eventId: string; jws: string }>(sql`update consent_events
        set receipt_jws = coalesce(receipt_jws, signed.jws)
        from unnest(${signed.map(({ eventId }) => eventId)}::bigint[], ${signed.map(({ jws }) => jws)}::text[])
          as signed (id, jws)
        where consent_events.id = signed.id
        returning consent_events.id as event_id, receipt_jws as jws`);
      return new Map(rows.map(({ eventId, jws }) => [eventId, jws]));
    },

    /** Is the receipt stored, and is there no newer one about the same person and app? */
    async isLatest(receiptId: string): Promise<boolean> {
      const [row] = await db.query<{ isLatest: boolean }>(sql`select not exists (
            select 1 from consent_events as later
            where later.account_id = event.account_id and later.client_id = event.client_id and later.id > event.id
          ) as is_latest
        from consent_events as event where event.receipt_id = ${receiptId}`);
      return row?.isLatest === true;
    },
  };
}
