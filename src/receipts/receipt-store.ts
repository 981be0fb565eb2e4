import type { Database } from '../platform/postgres/postgres.ts';
import type { ConsentEvent } from '../consents/consent.ts';
import type { WrittenText } from './consent-text.ts';
import type { ConsentReceipt, StoredReceipt } from './receipt.ts';

export interface NewEvent extends Omit<ConsentEvent, 'id'> {
  readonly receipt: ConsentReceipt;
  /** The text that the person read, if any. */
  readonly text: WrittenText | null;
}

export interface ReceiptQuery {
  readonly accountId: string;
  readonly clientId: string | null;
  /** Only receipts of events older than the one with this id. */
  readonly before: string | null;
  readonly limit: number;
}

/** Rows of `consent_events`, each with its receipt, and of `consent_texts`. */
export interface ReceiptStore {
  /** An event, its receipt and the text that was read, in one statement: the only way to write an event. */
  insertEvent(event: NewEvent): Promise<void>;
  /** Newest first. */
  list(query: ReceiptQuery): Promise<StoredReceipt[]>;
  /** Null when it is not this account's. */
  find(accountId: string, receiptId: string): Promise<StoredReceipt | null>;
  /** The text that the person read, as it was kept; null when there was none. */
  findText(receiptId: string): Promise<string | null>;
  /** Keeps signed forms. Of several for one receipt the first stays. @returns the stored forms, by event id. */
  saveSigned(signed: readonly SignedReceipt[]): Promise<ReadonlyMap<string, string>>;
  /** Does it exist, and is there no newer one about the same person and app? */
  standing(receiptId: string): Promise<ReceiptStanding | null>;
}

export interface SignedReceipt {
  readonly eventId: string;
  readonly jws: string;
}

export interface ReceiptStanding {
  readonly isLatest: boolean;
}

const SELECT = `select id as "eventId", account_id as "accountId", client_id as "clientId", kind, receipt,
    occurred_at as "occurredAt", receipt_jws as jws
  from consent_events`;

export function createReceiptStore(db: Database): ReceiptStore {
  return Object.freeze({ ...writers(db), ...readers(db) });
}

function writers(db: Database): Pick<ReceiptStore, 'insertEvent' | 'saveSigned'> {
  return {
    insertEvent: async (event) => {
      await db.query({
        name: 'receipts-insert-event',
        text: `with text as (
            insert into consent_texts (hash, content, created_at)
            select $8, $9, $7 where $8::bytea is not null
            on conflict (hash) do nothing)
          insert into consent_events (consent_id, account_id, client_id, kind, details, locale, occurred_at,
            text_hash, receipt_id, receipt)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11)`,
        values: [
          event.consentId,
          event.accountId,
          event.clientId,
          event.kind,
          JSON.stringify(event.details),
          event.locale,
          event.occurredAt,
          event.text?.hash ?? null,
          event.text?.content ?? null,
          event.receipt.receipt_id,
          JSON.stringify(event.receipt),
        ],
      });
    },
    saveSigned: async (signed) => {
      const rows = await db.query<SignedReceipt>({
        name: 'receipts-save-signed',
        text: `update consent_events set receipt_jws = coalesce(receipt_jws, signed.jws)
          from unnest($1::bigint[], $2::text[]) as signed (id, jws)
          where consent_events.id = signed.id
          returning consent_events.id as "eventId", receipt_jws as jws`,
        values: [signed.map(({ eventId }) => eventId), signed.map(({ jws }) => jws)],
      });
      return new Map(rows.map(({ eventId, jws }) => [eventId, jws]));
    },
  };
}

function readers(db: Database): Omit<ReceiptStore, 'insertEvent' | 'saveSigned'> {
  return {
    list: (query) =>
      db.query<StoredReceipt>({
        name: 'receipts-list',
        text: `${SELECT} where account_id = $1 and ($2::text is null or client_id = $2)
            and ($3::bigint is null or id < $3) and receipt_id is not null
          order by id desc limit $4`,
        values: [query.accountId, query.clientId, query.before, query.limit],
      }),
    find: async (accountId, receiptId) => {
      const [row] = await db.query<StoredReceipt>({
        name: 'receipts-find',
        text: `${SELECT} where receipt_id = $2 and account_id = $1`,
        values: [accountId, receiptId],
      });
      return row ?? null;
    },
    findText: async (receiptId) => {
      const [row] = await db.query<{ content: string }>({
        name: 'receipts-find-text',
        text: `select content from consent_texts
          where hash = (select text_hash from consent_events where receipt_id = $1)`,
        values: [receiptId],
      });
      return row?.content ?? null;
    },
    standing: async (receiptId) => {
      const [row] = await db.query<ReceiptStanding>({
        name: 'receipts-standing',
        text: `select not exists (
              select 1 from consent_events as later
              where later.account_id = event.account_id and later.client_id = event.client_id and later.id > event.id
            ) as "isLatest"
          from consent_events as event where event.receipt_id = $1`,
        values: [receiptId],
      });
      return row ?? null;
    },
  };
}
