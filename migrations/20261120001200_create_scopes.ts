import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table resource_servers (
      identifier text primary key,
      title jsonb not null,
      access_token_format text not null check (access_token_format in ('opaque', 'jwt')),
      access_token_lifetime_seconds integer not null,
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      updated_by uuid,
      retired_at timestamptz
    );

    create table scopes (
      name text primary key,
      kind text not null check (kind in ('data', 'api')),
      resource text references resource_servers (identifier),
      claims text[] not null default '{}',
      title jsonb not null,
      description jsonb not null,
      sensitivity text not null check (sensitivity in ('low', 'medium', 'high')),
      is_standard boolean not null default false,
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      updated_by uuid,
      retired_at timestamptz,
      check ((kind = 'api') = (resource is not null))
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table scopes;
    drop table resource_servers;
  `);
}
