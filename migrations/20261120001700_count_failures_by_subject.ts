import type { Knex } from 'knex';

/** Failures are counted for addresses that belong to nobody too, so that a lock does not tell which exist. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table sign_in_failures;
    create table sign_in_failures (
      -- HMAC of an account id, or of an address that belongs to nobody, under a key that is not in the database
      subject_index bytea primary key,
      consecutive integer not null,
      last_failed_at timestamptz not null,
      locked_until timestamptz
    );
    create index sign_in_failures_last_failed_at on sign_in_failures (last_failed_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table sign_in_failures;
    create table sign_in_failures (
      account_id uuid primary key references accounts (id) on delete cascade,
      consecutive integer not null,
      last_failed_at timestamptz not null,
      locked_until timestamptz
    );
  `);
}
