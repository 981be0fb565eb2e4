import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table grants add column consent_version integer');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table grants drop column consent_version');
}
