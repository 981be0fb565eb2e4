import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table sessions (
      uid text primary key,
      -- SHA-256 of the cookie's value
      fingerprint bytea not null unique,
      account_id uuid references accounts (id) on delete cascade,
      device_fingerprint bytea,
      -- what oidc-provider keeps, sealed by the server
      sealed_payload bytea not null,
      ip text,
      user_agent text,
      authenticated_at timestamptz,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      expires_at timestamptz not null
    );
    create index sessions_account_id on sessions (account_id) where account_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table sessions;
  `);
}
