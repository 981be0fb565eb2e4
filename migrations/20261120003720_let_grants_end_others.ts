import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table grants
      -- once its code is redeemed, the other grants of the same consent end (Grant Management for OAuth 2.0 §5.2)
      add column ends_others boolean not null default false;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table grants drop column ends_others');
}
