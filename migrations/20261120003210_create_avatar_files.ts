import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Written before the first file of a picture, and gone after the last one: what is found here and not among the
    -- attributes is to be removed. No foreign key, because it outlives the row that it is about.
    create table avatar_files (
      avatar_id uuid primary key,
      account_id uuid not null,
      created_at timestamptz not null
    );
    create index avatar_files_account_id on avatar_files (account_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table avatar_files;
  `);
}
