import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- how far the import of a file has come; written in the transaction of each batch
    create table account_imports (
      -- SHA-256 of the whole file
      file_fingerprint bytea primary key,
      records_done bigint not null,
      imported bigint not null,
      skipped bigint not null,
      refused bigint not null,
      started_at timestamptz not null,
      updated_at timestamptz not null,
      finished_at timestamptz
    );

    create table account_external_ids (
      -- HMAC of the id that another system knew the account by, under a key that is not in the database
      blind_index bytea primary key,
      account_id uuid not null references accounts (id) on delete cascade
    );
    create index account_external_ids_account_id on account_external_ids (account_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table account_external_ids;
    drop table account_imports;
  `);
}
