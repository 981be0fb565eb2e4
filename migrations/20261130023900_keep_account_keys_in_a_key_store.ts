import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- which database this is, and how far it has come; compared with the key store
    create table installation (
      only_row boolean primary key default true check (only_row),
      id uuid not null,
      incarnation integer not null default 0,
      marker bigint not null default 0,
      marked_at timestamptz not null default now(),
      -- false while older nodes, which know no key tree, may still serve
      uses_leaves boolean not null,
      -- once they were made, a database without any is not a new one but a damaged one
      has_signing_keys boolean not null,
      created_at timestamptz not null default now()
    );

    -- the leaf of the key tree that wraps the key; null: a master key does
    alter table account_keys add column leaf bigint unique;
    create sequence account_key_leaves as bigint minvalue 0 start 0;

    -- leaves of keys that are gone, until the key store has destroyed them
    create table leaves_to_destroy (
      leaf bigint primary key,
      created_at timestamptz not null default now()
    );

    -- on the table, so that no way of removing an account leaves its leaf behind
    create function destroy_leaf_later() returns trigger language plpgsql as $$
    begin
      insert into leaves_to_destroy (leaf) values (old.leaf) on conflict do nothing;
      return null;
    end
    $$;
    create trigger account_keys_destroy_leaf after delete on account_keys
      for each row when (old.leaf is not null) execute function destroy_leaf_later();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger account_keys_destroy_leaf on account_keys;
    drop function destroy_leaf_later;
    drop table leaves_to_destroy;
    alter table account_keys drop column leaf;
    drop sequence account_key_leaves;
    drop table installation;
  `);
}
