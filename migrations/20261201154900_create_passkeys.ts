import type { Knex } from 'knex';

/**
 * Passkeys (WebAuthn). `passkey_owners` has the user handle of an account, which authenticators store in place of its id, and whether a
 * password needs a second step although there is no authenticator app. `used_passkey_challenges` has the challenges that were
 * answered, until they expire.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table passkey_owners (
      account_id uuid primary key references accounts on delete cascade,
      user_handle bytea not null unique,
      requires_second_step boolean not null default false
    );
    create table passkeys (
      id uuid primary key,
      account_id uuid not null references passkey_owners on delete cascade,
      credential_id bytea not null unique,
      public_key bytea not null,
      sign_count bigint not null,
      transports text[] not null,
      is_backup_eligible boolean not null,
      is_backed_up boolean not null,
      aaguid uuid not null,
      sealed_name bytea,
      created_at timestamptz not null,
      last_used_at timestamptz,
      blocked_at timestamptz
    );
    create index passkeys_account_id on passkeys (account_id);
    create table used_passkey_challenges (
      fingerprint bytea primary key,
      expires_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table used_passkey_challenges;
    drop table passkeys;
    drop table passkey_owners;
  `);
}
