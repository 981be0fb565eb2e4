import type { Knex } from 'knex';

/**
 * The name by which an app speaks of what one person lets it have (Grant Management for OAuth 2.0 §5.5): 244 random bits
 * that say nothing of the person or of our own ids.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table consents
      add column grant_id text not null
        default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
      -- null: since the consent began
      add column grant_created_at timestamptz;
    create unique index consents_grant_id on consents (grant_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index consents_grant_id;
    alter table consents drop column grant_created_at, drop column grant_id;
  `);
}
