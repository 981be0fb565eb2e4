import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { Channel } from './message.ts';

/** A queued message; its content is sealed. */
export interface QueuedMessage {
  readonly id: string;
  readonly sealedMessage: Buffer;
  readonly createdAt: Date;
}

const MOST_DELAYED = 10_000;

/** The queued messages of one channel. */
export function createMessageStore(db: Database, { name, table }: Channel) {
  const messages = sql.identifier(table);
  return {
    async insert(row: QueuedMessage): Promise<void> {
      const columns = name === 'mail' ? { ...row, channel: 'email' } : row;
      await db.query(sql`insert into ${messages} ${sql.values({ ...columns })}`);
    },

    /** Null when it was sent, given up or removed. */
    async findWaiting(id: string): Promise<QueuedMessage | null> {
      const [row] =
        await db.query<QueuedMessage>(sql`select id, sealed_message, created_at from ${messages}
        where id = ${id} and sent_at is null and failed_at is null`);
      return row ?? null;
    },

    /** @param sealedMessage the content to keep; empty: none. */
    async markSent(id: string, at: Date, sealedMessage: Buffer): Promise<void> {
      await db.query(sql`update ${messages}
        set sent_at = ${at}, sealed_message = ${sealedMessage}, last_error = null where id = ${id}`);
    },

    async recordFailure(id: string, error: string): Promise<void> {
      await db.query(sql`update ${messages} set last_error = ${error} where id = ${id}`);
    },

    /** No further attempt is made; the content is deleted. */
    async markFailed(id: string, at: Date, error: string): Promise<void> {
      await db.query(sql`update ${messages}
        set failed_at = ${at}, last_error = ${error}, sealed_message = '' where id = ${id}`);
    },

    async remove(id: string): Promise<void> {
      await db.query(sql`delete from ${messages} where id = ${id}`);
    },

    /** Messages that wait for another attempt, with the reason of the last failure; oldest first. */
    listDelayed(): Promise<{ id: string; lastError: string }[]> {
      return db.query(sql`select id, last_error from ${messages}
        where sent_at is null and failed_at is null and last_error is not null
        order by created_at limit ${MOST_DELAYED}`);
    },

    /** Messages that still have their content, newest first. */
    listRecent(limit: number): Promise<(QueuedMessage & { sentAt: Date | null })[]> {
      return db.query(sql`select id, sealed_message, created_at, sent_at from ${messages}
        where length(sealed_message) > 0 order by created_at desc, id limit ${limit}`);
    },

    /** @returns the number of deleted messages. */
    async deleteCreatedBefore(before: Date): Promise<number> {
      const rows = await db.query(
        sql`delete from ${messages} where created_at < ${before} returning id`,
      );
      return rows.length;
    },
  };
}
