import type { Database } from './postgres.ts';

/** A queued text message; what it says is sealed. */
export interface OutgoingSms {
  readonly id: string;
  readonly sealedMessage: Buffer;
  readonly createdAt: Date;
}

export interface ListedSms extends OutgoingSms {
  readonly sentAt: Date | null;
}

/** Rows of `outgoing_sms`. */
export interface OutgoingSmsStore {
  insert(row: OutgoingSms): Promise<void>;
  /** Null when it has been sent or given up. */
  findWaiting(id: string): Promise<OutgoingSms | null>;
  /** @param sealedMessage what to keep of it; empty: nothing. */
  markSent(id: string, at: Date, sealedMessage: Buffer): Promise<void>;
  noteError(id: string, error: string): Promise<void>;
  markFailed(id: string, at: Date, error: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Newest first. */
  listRecent(limit: number): Promise<ListedSms[]>;
  deleteCreatedBefore(before: Date): Promise<number>;
}

interface RawRow {
  readonly id: string;
  readonly sealed_message: Buffer;
  readonly created_at: Date;
  readonly sent_at: Date | null;
}

export function createOutgoingSmsStore(db: Database): OutgoingSmsStore {
  return Object.freeze({
    ...finishing(db),

    insert: async ({ id, sealedMessage, createdAt }: OutgoingSms) => {
      await db.query({
        name: 'outgoing-sms-insert',
        text: 'insert into outgoing_sms (id, sealed_message, created_at) values ($1, $2, $3)',
        values: [id, sealedMessage, createdAt],
      });
    },

    findWaiting: async (id: string) => {
      const [row] = await db.query<RawRow>({
        name: 'outgoing-sms-find-waiting',
        text: `select id, sealed_message, created_at, sent_at from outgoing_sms
               where id = $1 and sent_at is null and failed_at is null`,
        values: [id],
      });
      return row === undefined ? null : fromRow(row);
    },

    listRecent: async (limit: number) => {
      const rows = await db.query<RawRow>({
        name: 'outgoing-sms-list-recent',
        text: `select id, sealed_message, created_at, sent_at from outgoing_sms
               where length(sealed_message) > 0 order by created_at desc, id limit $1`,
        values: [limit],
      });
      return rows.map((row) => ({ ...fromRow(row), sentAt: row.sent_at }));
    },
  });
}

type Finishing = Omit<OutgoingSmsStore, 'insert' | 'findWaiting' | 'listRecent'>;

function finishing(db: Database): Finishing {
  return {
    markSent: async (id, at, sealedMessage) => {
      await db.query({
        name: 'outgoing-sms-mark-sent',
        text: `update outgoing_sms set sent_at = $2, sealed_message = $3, last_error = null
               where id = $1`,
        values: [id, at, sealedMessage],
      });
    },
    noteError: async (id, error) => {
      await db.query({
        name: 'outgoing-sms-note-error',
        text: 'update outgoing_sms set last_error = $2 where id = $1',
        values: [id, error],
      });
    },
    markFailed: async (id, at, error) => {
      await db.query({
        name: 'outgoing-sms-mark-failed',
        text: `update outgoing_sms set failed_at = $2, last_error = $3, sealed_message = ''
               where id = $1`,
        values: [id, at, error],
      });
    },
    remove: async (id) => {
      await db.query({
        name: 'outgoing-sms-remove',
        text: 'delete from outgoing_sms where id = $1',
        values: [id],
      });
    },
    deleteCreatedBefore: async (before) => {
      const rows = await db.query({
        name: 'outgoing-sms-delete-created-before',
        text: 'delete from outgoing_sms where created_at < $1 returning id',
        values: [before],
      });
      return rows.length;
    },
  };
}

function fromRow(row: RawRow): OutgoingSms {
  return { id: row.id, sealedMessage: row.sealed_message, createdAt: row.created_at };
}
