import type { Knex } from 'knex';

/** A password of eight to fourteen characters is allowed beside a second factor only. A hash does not reveal the length. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table password_credentials add column role text not null default 'only_factor'
      check (role in ('only_factor', 'one_of_two_factors'))
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table password_credentials drop column role');
}
