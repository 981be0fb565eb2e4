import type { Knex } from 'knex';

/**
 * A migration that takes away something that older versions use adds a row: its own name, and the newest migration of the
 * oldest version that still works afterwards. An older version reads it before it starts.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table schema_requirements (
      migration text primary key,
      oldest_migration text not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table schema_requirements');
}
