import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table password_credentials (
      account_id uuid primary key references accounts (id) on delete cascade,
      hash text not null,
      changed_at timestamptz not null
    );

    create table sign_in_failures (
      account_id uuid primary key references accounts (id) on delete cascade,
      consecutive integer not null,
      last_failed_at timestamptz not null,
      locked_until timestamptz
    );

    create table known_devices (
      account_id uuid not null references accounts (id) on delete cascade,
      device_fingerprint bytea not null,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      primary key (account_id, device_fingerprint)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table known_devices;
    drop table sign_in_failures;
    drop table password_credentials;
  `);
}
