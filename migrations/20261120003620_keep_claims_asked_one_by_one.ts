import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- names from the claims parameter that the person last decided about, by where they are answered; for previews
    alter table consents add column asked_claims jsonb not null default '{"userinfo": [], "idToken": []}';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table consents drop column asked_claims;');
}
