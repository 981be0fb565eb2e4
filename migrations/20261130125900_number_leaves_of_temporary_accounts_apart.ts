import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- leaves of the upper half of the key tree: nearly all of them are destroyed within a day, and destroyed neighbours need no node
    create sequence temporary_key_leaves as bigint minvalue 8796093022208 start 8796093022208;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop sequence temporary_key_leaves');
}
