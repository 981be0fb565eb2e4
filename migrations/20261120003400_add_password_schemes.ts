import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- how an imported hash was made and what checking it costs, for example bcrypt:12; null: by this server
    alter table password_credentials add column scheme text;
    create index password_credentials_scheme on password_credentials (scheme) where scheme is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index password_credentials_scheme;
    alter table password_credentials drop column scheme;
  `);
}
