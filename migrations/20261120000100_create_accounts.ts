import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table accounts (
      id uuid primary key,
      status text not null check (status in ('temporary', 'active', 'suspended', 'blocked', 'deleted')),
      status_reason text,
      is_administrator boolean not null default false,
      locale text,
      -- every session and token issued before this moment is dead
      cut_off_at timestamptz,
      last_sign_in_at timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create index accounts_temporary on accounts (created_at) where status = 'temporary';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table accounts;
  `);
}
