import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- set when an app asks again for what it had given up: earlier decisions count from this purpose version on only
    alter table client_requests add column since_version integer;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table client_requests drop column since_version;');
}
