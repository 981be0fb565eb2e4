import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table records (
      account_id uuid not null references accounts (id) on delete cascade,
      namespace text not null,
      -- HMAC of account, namespace and key: a key can be as personal as a value
      key_index bytea not null,
      -- JSON of key and value, sealed by the account's data key and bound to this row
      sealed_content bytea not null,
      -- new with every change, and never again
      version uuid not null,
      -- the app that wrote it last; null: the person
      changed_by text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      primary key (account_id, namespace, key_index)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table records;
  `);
}
