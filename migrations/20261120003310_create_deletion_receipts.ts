import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- no account, no address: only the reference that the person was mailed
    create table deletion_receipts (
      reference uuid primary key,
      -- compact JWS
      receipt text not null,
      purged_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table deletion_receipts;
  `);
}
