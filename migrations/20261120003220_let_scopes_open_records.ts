import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table scopes
      add column record_namespace text,
      add column record_access text check (record_access in ('read', 'write')),
      add constraint scopes_records check ((record_namespace is null) = (record_access is null)),
      drop constraint scopes_check,
      add constraint scopes_api check ((kind = 'api') = (resource is not null or record_namespace is not null));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from scopes where record_namespace is not null;
    alter table scopes
      drop constraint scopes_api,
      drop constraint scopes_records,
      drop column record_access,
      drop column record_namespace,
      add constraint scopes_check check ((kind = 'api') = (resource is not null));
  `);
}
