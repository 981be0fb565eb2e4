import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- When to try next is known to the job.
    drop index outgoing_messages_due;
    alter table outgoing_messages drop column next_attempt_at, drop column attempts;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table outgoing_messages
      add column attempts integer not null default 0,
      add column next_attempt_at timestamptz not null default now();
    alter table outgoing_messages alter column next_attempt_at drop default;
    create index outgoing_messages_due on outgoing_messages (next_attempt_at)
      where sent_at is null and failed_at is null;
  `);
}
