import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table outgoing_messages (
      id uuid primary key,
      channel text not null check (channel in ('email', 'sms')),
      -- recipient, template, locale and values, sealed by the server
      sealed_message bytea not null,
      attempts integer not null default 0,
      next_attempt_at timestamptz not null,
      sent_at timestamptz,
      failed_at timestamptz,
      last_error text,
      created_at timestamptz not null
    );
    create index outgoing_messages_due on outgoing_messages (next_attempt_at)
      where sent_at is null and failed_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table outgoing_messages;
  `);
}
