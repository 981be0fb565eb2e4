import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One row per measurement of how long a withdrawal takes to be refused everywhere.
    create table revocation_rounds (
      id uuid primary key,
      -- the probe's access token, sealed by the server; empty once the round is over
      sealed_token bytea not null,
      began_at timestamptz not null,
      withdrawing_at timestamptz,
      seconds double precision,
      nodes integer,
      finished_at timestamptz
    );
    create index revocation_rounds_finished_at on revocation_rounds (finished_at);

    create table revocation_refusals (
      round_id uuid not null references revocation_rounds (id) on delete cascade,
      node text not null,
      -- null: this node watches and still says yes
      refused_at timestamptz,
      primary key (round_id, node)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table revocation_refusals;
    drop table revocation_rounds;
  `);
}
