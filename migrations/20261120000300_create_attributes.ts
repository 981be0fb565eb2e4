import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table attributes (
      id uuid primary key,
      account_id uuid not null references accounts (id) on delete cascade,
      claim text not null,
      -- JSON of value and label, sealed by the account's data key and bound to this row
      sealed_value bytea not null,
      is_default boolean not null default false,
      verified_at timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create index attributes_account_id on attributes (account_id);
    create unique index attributes_one_default on attributes (account_id, claim) where is_default;

    create table identifiers (
      kind text not null check (kind in ('email', 'phone_number', 'username')),
      -- HMAC of the normalized value under a key that is not in the database
      blind_index bytea not null,
      account_id uuid not null references accounts (id) on delete cascade,
      attribute_id uuid references attributes (id) on delete cascade,
      verified_at timestamptz not null,
      primary key (kind, blind_index)
    );
    create index identifiers_account_id on identifiers (account_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table identifiers;
    drop table attributes;
  `);
}
