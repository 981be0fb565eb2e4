import type { Knex } from 'knex';

/** Text messages that wait for their job. The job carries the id only. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table outgoing_sms (
      id uuid primary key,
      -- number, template, locale and values, sealed by the server; empty once it has left
      sealed_message bytea not null,
      sent_at timestamptz,
      failed_at timestamptz,
      last_error text,
      created_at timestamptz not null
    );
    create index outgoing_sms_created_at on outgoing_sms (created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table outgoing_sms;
  `);
}
