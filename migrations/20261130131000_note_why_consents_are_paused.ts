import type { Knex } from 'knex';

/** Why a consent is paused. Null in a paused one: an older node paused it, because it lay unused. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table consents add column suspended_for text;
    -- Not validated: all existing rows are null, and reading them would keep the table locked.
    alter table consents
      add constraint consents_suspended_for_known check (suspended_for in ('unused', 'restored')) not valid;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table consents drop column suspended_for');
}
