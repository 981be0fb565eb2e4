import type { Knex } from 'knex';

/** The newest failed requests of each app, for its developer. Equal failures share a row. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table failed_requests (
      id bigint generated always as identity primary key,
      client_id text not null,
      endpoint text not null,
      -- error code of RFC 6749, or scope_dropped
      code text not null,
      -- the reason in English, without values; empty when there is none
      reason text not null,
      times integer not null default 1,
      first_at timestamptz not null default now(),
      last_at timestamptz not null default now(),
      unique (client_id, endpoint, code, reason)
    );
    create index failed_requests_newest on failed_requests (client_id, last_at desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table failed_requests;');
}
