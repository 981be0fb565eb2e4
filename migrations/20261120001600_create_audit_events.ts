import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table audit_events (
      id bigint generated always as identity primary key,
      kind text not null,
      account_id uuid,
      client_id text,
      actor_id uuid,
      ip text,
      user_agent text,
      request_id text,
      details jsonb not null,
      occurred_at timestamptz not null
    );
    create index audit_events_account_id on audit_events (account_id, occurred_at desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table audit_events;
  `);
}
