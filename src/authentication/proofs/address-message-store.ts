import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

interface MessageBudget {
  readonly budgetIndex: Buffer;
  readonly at: Date;
  readonly perHour: number;
  readonly perDay: number;
}

/** Rows of `address_messages`: when messages were sent to an address at the request of a person who had not signed in. */
export function createAddressMessageStore(db: Database) {
  return {
    /**
     * Counts one message against the limits. Lock the address first, so that concurrent messages are counted one after
     * the other.
     * @returns false when `perHour` or `perDay` are used up; then nothing is counted.
     */
    async take({ budgetIndex, at, perHour, perDay }: MessageBudget): Promise<boolean> {
      const rows = await db.query(sql`insert into address_messages (budget_index, sent_at)
        select ${budgetIndex}::bytea, ${at}::timestamptz from (
          select count(*) as in_day,
            count(*) filter (where sent_at > ${at}::timestamptz - interval '1 hour') as in_hour
          from address_messages
          where budget_index = ${budgetIndex} and sent_at > ${at}::timestamptz - interval '24 hours') as sent
        where in_hour < ${perHour} and in_day < ${perDay} returning sent_at`);
      return rows.length > 0;
    },

    async deleteSentBefore(before: Date): Promise<number> {
      const rows = await db.query(
        sql`delete from address_messages where sent_at < ${before} returning sent_at`,
      );
      return rows.length;
    },
  };
}
