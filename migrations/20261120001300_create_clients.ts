import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table clients (
      id text primary key,
      name text not null,
      owner_account_id uuid references accounts (id) on delete set null,
      status text not null check (status in ('active', 'suspended', 'deleted')),
      is_first_party boolean not null default false,
      is_verified boolean not null default false,
      -- RFC 7591 client metadata beside the columns
      metadata jsonb not null,
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      updated_by uuid
    );
    create index clients_owner_account_id on clients (owner_account_id);

    create table client_secrets (
      id uuid primary key,
      client_id text not null references clients (id) on delete cascade,
      fingerprint bytea not null,
      hint text not null,
      created_at timestamptz not null,
      expires_at timestamptz,
      last_used_at timestamptz
    );
    create index client_secrets_client_id on client_secrets (client_id);

    create table client_requests (
      client_id text not null references clients (id) on delete cascade,
      claim text not null,
      necessity text not null check (necessity in ('essential', 'voluntary')),
      purpose jsonb not null,
      purpose_version integer not null default 1,
      longest_duration text not null check (longest_duration in ('once', '30_days', '1_year', 'until_withdrawn')),
      position integer not null default 0,
      primary key (client_id, claim)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table client_requests;
    drop table client_secrets;
    drop table clients;
  `);
}
