import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table consents (
      id uuid primary key,
      account_id uuid not null references accounts (id) on delete cascade,
      client_id text not null references clients (id) on delete cascade,
      version integer not null,
      status text not null check (status in ('active', 'withdrawn')),
      created_at timestamptz not null,
      updated_at timestamptz not null,
      withdrawn_at timestamptz
    );
    create unique index consents_one_active on consents (account_id, client_id) where status = 'active';
    create index consents_client_id on consents (client_id) where status = 'active';

    create table consent_items (
      consent_id uuid not null references consents (id) on delete cascade,
      claim text not null,
      decision text not null check (decision in ('share', 'refuse')),
      -- a pointer, never a copy; a deleted value is omitted, never replaced
      attribute_id uuid references attributes (id) on delete set null,
      is_essential boolean not null,
      purpose_version integer not null,
      duration text not null check (duration in ('once', '30_days', '1_year', 'until_withdrawn')),
      decided_at timestamptz not null,
      expires_at timestamptz,
      spent_at timestamptz,
      primary key (consent_id, claim)
    );
    create index consent_items_attribute_id on consent_items (attribute_id);

    create table consent_scopes (
      consent_id uuid not null references consents (id) on delete cascade,
      scope text not null,
      -- empty for scopes of the server itself
      resource text not null default '',
      decision text not null check (decision in ('allow', 'refuse')),
      decided_at timestamptz not null,
      primary key (consent_id, scope, resource)
    );

    create table consent_events (
      id bigint generated always as identity primary key,
      consent_id uuid not null,
      account_id uuid not null references accounts (id) on delete cascade,
      client_id text not null,
      kind text not null check (kind in ('allowed', 'changed', 'refused', 'withdrawn', 'expired')),
      -- claims and decisions, never values
      details jsonb not null,
      locale text,
      occurred_at timestamptz not null
    );
    create index consent_events_account_id on consent_events (account_id, occurred_at desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table consent_events;
    drop table consent_scopes;
    drop table consent_items;
    drop table consents;
  `);
}
