import type { Knex } from 'knex';

/** The moment after which a sign-out notice to an app that does not answer is given up. A developer can start another round. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table logout_notices add column give_up_at timestamptz not null default now() + interval '2 days';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table logout_notices drop column give_up_at');
}
