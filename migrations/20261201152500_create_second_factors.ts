import type { Knex } from 'knex';

/**
 * The second step of a sign-in. `accounts.second_factor_since` is set while the account has one, so that every reader of the row sees
 * it. `known_devices.trusted_until`: until then this browser does not need the second step.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table accounts add column second_factor_since timestamptz;
    alter table known_devices add column trusted_until timestamptz;
    create table totp_credentials (
      account_id uuid primary key references accounts on delete cascade,
      sealed_secret bytea not null,
      created_at timestamptz not null,
      last_used_at timestamptz,
      last_step bigint not null
    );
    create table recovery_codes (
      account_id uuid not null references accounts on delete cascade,
      code_index bytea not null,
      created_at timestamptz not null,
      used_at timestamptz,
      primary key (account_id, code_index)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table recovery_codes;
    drop table totp_credentials;
    alter table known_devices drop column trusted_until;
    alter table accounts drop column second_factor_since;
  `);
}
