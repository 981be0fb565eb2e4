import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // For the notice that tells an app how many people's access was paused.
  await knex.raw(`
    create index consent_events_suspended on consent_events (client_id, occurred_at) where kind = 'suspended';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index consent_events_suspended;');
}
