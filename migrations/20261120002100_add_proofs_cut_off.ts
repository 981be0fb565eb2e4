import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- a proof of identity from before this moment that no session was made of yet is dead
    alter table accounts add column proofs_cut_off_at timestamptz;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table accounts drop column proofs_cut_off_at;
  `);
}
