import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table custom_claims (
      name text primary key,
      kind text not null check (kind in ('text', 'number', 'boolean', 'date', 'url', 'choice')),
      is_multiple boolean not null,
      rules jsonb not null,
      title jsonb not null,
      description jsonb not null,
      sensitivity text not null check (sensitivity in ('low', 'medium', 'high')),
      created_at timestamptz not null,
      created_by uuid,
      updated_at timestamptz not null,
      updated_by uuid,
      -- the name is never given to anything else: values that people keep under it would change their meaning
      retired_at timestamptz
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table custom_claims;');
}
