import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table blobs (
      -- "C": a folder is a range of names
      name text collate "C" primary key,
      -- ciphertext under the key of an account
      content bytea not null
    );
    -- It does not get smaller by compressing.
    alter table blobs alter column content set storage external;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table blobs;
  `);
}
