import type { Knex } from 'knex';

/** Why a consent is paused. Null in a paused one: an older node paused it, because it lay unused. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table consents add column suspended_for text
      constraint consents_suspended_for_known check (suspended_for in ('unused', 'restored'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table consents drop column suspended_for');
}
