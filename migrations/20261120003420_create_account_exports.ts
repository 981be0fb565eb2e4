import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table account_exports (
      id uuid primary key,
      account_id uuid not null references accounts (id) on delete cascade,
      status text not null check (status in ('waiting', 'running', 'ready', 'failed', 'downloaded', 'expired')),
      locale text not null,
      steps_done integer not null default 0,
      steps_total integer not null,
      -- of the ZIP file, before sealing
      bytes bigint,
      chunks integer,
      requested_at timestamptz not null,
      updated_at timestamptz not null,
      ready_at timestamptz,
      expires_at timestamptz,
      downloaded_at timestamptz
    );
    create index account_exports_account_id on account_exports (account_id, requested_at desc);
    create unique index account_exports_one_at_a_time on account_exports (account_id)
      where status in ('waiting', 'running');

    create table account_export_chunks (
      export_id uuid not null references account_exports (id) on delete cascade,
      position integer not null,
      -- a piece of the ZIP file, sealed by the account's data key and bound to this row
      sealed_content bytea not null,
      primary key (export_id, position)
    );
    -- ciphertext does not compress
    alter table account_export_chunks alter column sealed_content set storage external;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table account_export_chunks;
    drop table account_exports;
  `);
}
