import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table grants (
      id text primary key,
      account_id uuid not null references accounts (id) on delete cascade,
      client_id text not null,
      consent_id uuid,
      session_uid text,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz
    );
    create index grants_account_id on grants (account_id) where revoked_at is null;
    create index grants_client_id on grants (client_id) where revoked_at is null;
    create index grants_consent_id on grants (consent_id) where revoked_at is null;
    create index grants_session_uid on grants (session_uid) where revoked_at is null;

    create table refresh_tokens (
      fingerprint bytea primary key,
      grant_id text,
      account_id uuid,
      client_id text not null,
      payload json not null,
      consumed_at timestamptz,
      created_at timestamptz not null,
      expires_at timestamptz not null
    );
    create index refresh_tokens_grant_id on refresh_tokens (grant_id) where grant_id is not null;
    create index refresh_tokens_expires_at on refresh_tokens (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table refresh_tokens;
    drop table grants;
  `);
}
