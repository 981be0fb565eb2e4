import type { Database } from '../../platform/postgres/postgres.ts';

/** Rows of `address_messages`: when messages were sent to an address at the request of a person who had not signed in. */
export interface AddressMessageStore {
  /**
   * Takes one message off the budget. Hold the address first, so that messages at the same moment count one by one.
   * @returns false when `perHour` or `perDay` are used up; then nothing is taken.
   */
  take(input: {
    readonly budgetIndex: Buffer;
    readonly at: Date;
    readonly perHour: number;
    readonly perDay: number;
  }): Promise<boolean>;
  deleteSentBefore(before: Date): Promise<number>;
}

export function createAddressMessageStore(db: Database): AddressMessageStore {
  return Object.freeze({
    take: async ({ budgetIndex, at, perHour, perDay }) => {
      const rows = await db.query({
        name: 'address-messages-take',
        text: `insert into address_messages (budget_index, sent_at)
               select $1, $2 from (
                 select count(*) as in_day,
                   count(*) filter (where sent_at > $2::timestamptz - interval '1 hour') as in_hour
                 from address_messages
                 where budget_index = $1 and sent_at > $2::timestamptz - interval '24 hours') spent
               where in_hour < $3 and in_day < $4 returning sent_at`,
        values: [budgetIndex, at, perHour, perDay],
      });
      return rows.length > 0;
    },
    deleteSentBefore: async (before: Date) => {
      const rows = await db.query({
        name: 'address-messages-delete-sent-before',
        text: 'delete from address_messages where sent_at < $1 returning sent_at',
        values: [before],
      });
      return rows.length;
    },
  } satisfies AddressMessageStore);
}
