import type { Knex } from 'knex';

/**
 * Signed ends of chains, so that a removed end or a removed account is found too. `heads` has one line per account,
 * `account number hash`; `signature` (a JWS) covers its SHA-256 and the checkpoint before.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ledger_checkpoints (
      number bigint primary key,
      heads text not null,
      signature text not null,
      made_at timestamptz not null
    );
    create table ledger_checkpointed (
      account_id uuid primary key,
      seq bigint not null
    ) with (fillfactor = 70);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table ledger_checkpointed; drop table ledger_checkpoints;');
}
