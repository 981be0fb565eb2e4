import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table accounts
      add column deleted_at timestamptz,
      -- from then on the account cannot be restored
      add column purge_at timestamptz,
      add column deleted_by text check (deleted_by in ('person', 'administrator')),
      add column status_before_deletion text,
      -- random; names the account in the mail and in the receipt, and leads nowhere else
      add column deletion_reference uuid,
      add constraint accounts_deletion_is_whole check (
        (status = 'deleted') = (purge_at is not null)
        and num_nonnulls(deleted_at, purge_at, deleted_by, status_before_deletion, deletion_reference) in (0, 5)
      ) not valid;
    create index accounts_purge_at on accounts (purge_at) where status = 'deleted';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index accounts_purge_at;
    alter table accounts
      drop constraint accounts_deletion_is_whole,
      drop column deleted_at,
      drop column purge_at,
      drop column deleted_by,
      drop column status_before_deletion,
      drop column deletion_reference;
  `);
}
