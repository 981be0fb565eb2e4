import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- when a person last looked through what apps may see
    create table check_ups (
      account_id uuid primary key references accounts (id) on delete cascade,
      checked_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table check_ups;');
}
