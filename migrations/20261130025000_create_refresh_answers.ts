import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- what a refresh was answered with, for the seconds in which the same app may repeat it
    create table refresh_answers (
      -- of the refresh token that was used up
      fingerprint bytea primary key,
      -- SHA-256 over the parameters that shape the answer
      request_fingerprint bytea not null,
      sealed_answer bytea not null,
      repeats integer not null default 0,
      expires_at timestamptz not null
    );
    create index refresh_answers_expires_at on refresh_answers (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table refresh_answers');
}
