import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table account_keys (
      account_id uuid primary key references accounts (id) on delete cascade,
      -- a random data key, sealed by the master key
      wrapped_key bytea not null,
      created_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table account_keys;
  `);
}
