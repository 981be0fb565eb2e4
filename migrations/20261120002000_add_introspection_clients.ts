import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- the apps by which the API itself asks about tokens made for it (RFC 7662)
    alter table resource_servers add column introspection_client_ids text[] not null default '{}';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table resource_servers drop column introspection_client_ids;
  `);
}
