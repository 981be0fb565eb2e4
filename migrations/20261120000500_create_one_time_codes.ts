import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table one_time_codes (
      id uuid primary key,
      -- absent when the address belongs to nobody: the answer looks the same
      account_id uuid references accounts (id) on delete cascade,
      purpose text not null,
      kind text not null check (kind in ('email', 'phone_number')),
      address_index bytea not null,
      -- HMAC of the code under a key that is not in the database, bound to this row
      code_index bytea not null,
      wrong_guesses integer not null default 0,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create index one_time_codes_address on one_time_codes (address_index, purpose, created_at);
    create index one_time_codes_expires_at on one_time_codes (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table one_time_codes;
  `);
}
