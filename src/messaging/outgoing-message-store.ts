import type { Database } from '../platform/postgres/postgres.ts';

/** A queued message; its content is sealed. */
export interface OutgoingMessage {
  readonly id: string;
  readonly sealedMessage: Buffer;
  readonly createdAt: Date;
}

export interface ListedMessage extends OutgoingMessage {
  readonly sentAt: Date | null;
}

/** A message whose last attempt failed. */
export interface DelayedMessage {
  readonly id: string;
  readonly lastError: string;
}

const MOST_DELAYED = 10_000;

/** Mails and text messages wait in tables of one shape. */
type OutgoingTable = 'outgoing_messages' | 'outgoing_sms';

const INSERT: Readonly<Record<OutgoingTable, string>> = {
  outgoing_messages: `insert into outgoing_messages (id, channel, sealed_message, created_at)
                      values ($1, 'email', $2, $3)`,
  outgoing_sms: 'insert into outgoing_sms (id, sealed_message, created_at) values ($1, $2, $3)',
};

/** Rows of one of these tables. */
export interface OutgoingMessageStore {
  insert(row: Pick<OutgoingMessage, 'id' | 'sealedMessage' | 'createdAt'>): Promise<void>;
  /** Null when it was sent, given up or removed. */
  findWaiting(id: string): Promise<OutgoingMessage | null>;
  /** @param sealedMessage the content to keep; empty: none. */
  markSent(id: string, at: Date, sealedMessage: Buffer): Promise<void>;
  noteFailure(id: string, error: string): Promise<void>;
  markFailed(id: string, at: Date, error: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Messages that wait for another attempt, with the reason of the last failure; oldest first. */
  listDelayed(): Promise<DelayedMessage[]>;
  /** Newest first. */
  listRecent(limit: number): Promise<ListedMessage[]>;
  deleteCreatedBefore(before: Date): Promise<number>;
}

interface RawRow {
  readonly id: string;
  readonly sealed_message: Buffer;
  readonly created_at: Date;
  readonly sent_at: Date | null;
}

export function createOutgoingMessageStore(
  db: Database,
  table: OutgoingTable,
): OutgoingMessageStore {
  return Object.freeze({
    ...writing(db, table),
    ...finishing(db, table),

    listDelayed: async () => {
      const rows = await db.query<{ id: string; last_error: string }>({
        name: `${table}-list-delayed`,
        text: `select id, last_error from ${table}
               where sent_at is null and failed_at is null and last_error is not null
               order by created_at limit $1`,
        values: [MOST_DELAYED],
      });
      return rows.map((row) => ({ id: row.id, lastError: row.last_error }));
    },
    listRecent: async (limit: number) => {
      const rows = await db.query<RawRow>({
        name: `${table}-list-recent`,
        text: `select id, sealed_message, created_at, sent_at from ${table}
               where length(sealed_message) > 0 order by created_at desc, id limit $1`,
        values: [limit],
      });
      return rows.map((row) => ({ ...fromRow(row), sentAt: row.sent_at }));
    },
  });
}

function writing(
  db: Database,
  table: OutgoingTable,
): Pick<OutgoingMessageStore, 'insert' | 'findWaiting'> {
  return {
    insert: async ({ id, sealedMessage, createdAt }) => {
      await db.query({
        name: `${table}-insert`,
        text: INSERT[table],
        values: [id, sealedMessage, createdAt],
      });
    },
    findWaiting: async (id) => {
      const [row] = await db.query<RawRow>({
        name: `${table}-find-waiting`,
        text: `select id, sealed_message, created_at, sent_at from ${table}
               where id = $1 and sent_at is null and failed_at is null`,
        values: [id],
      });
      return row === undefined ? null : fromRow(row);
    },
  };
}

type Finishing = Omit<
  OutgoingMessageStore,
  'insert' | 'findWaiting' | 'listDelayed' | 'listRecent'
>;

function finishing(db: Database, table: OutgoingTable): Finishing {
  return {
    markSent: async (id, at, sealedMessage) => {
      await db.query({
        name: `${table}-mark-sent`,
        text: `update ${table} set sent_at = $2, sealed_message = $3, last_error = null
               where id = $1`,
        values: [id, at, sealedMessage],
      });
    },
    noteFailure: async (id, error) => {
      await db.query({
        name: `${table}-note-failure`,
        text: `update ${table} set last_error = $2 where id = $1`,
        values: [id, error],
      });
    },
    markFailed: async (id, at, error) => {
      await db.query({
        name: `${table}-mark-failed`,
        text: `update ${table} set failed_at = $2, last_error = $3, sealed_message = ''
               where id = $1`,
        values: [id, at, error],
      });
    },
    remove: async (id) => {
      await db.query({
        name: `${table}-remove`,
        text: `delete from ${table} where id = $1`,
        values: [id],
      });
    },
    deleteCreatedBefore: async (before) => {
      const rows = await db.query({
        name: `${table}-delete-created-before`,
        text: `delete from ${table}
               where created_at < $1 returning id`,
        values: [before],
      });
      return rows.length;
    },
  };
}

function fromRow(row: RawRow): OutgoingMessage {
  return {
    id: row.id,
    sealedMessage: row.sealed_message,
    createdAt: row.created_at,
  };
}
