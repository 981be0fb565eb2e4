import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table releases (
      id bigint generated always as identity,
      account_id uuid not null,
      client_id text not null,
      grant_id text,
      channel text not null,
      claims text[] not null,
      ip text,
      request_id text,
      released_at timestamptz not null,
      primary key (id, released_at)
    ) partition by range (released_at);
    create index releases_by_account on releases (account_id, released_at desc);

    create function create_release_partition(month date) returns void language plpgsql as $$
    declare
      first_day date := date_trunc('month', month)::date;
    begin
      execute format(
        'create table if not exists %I partition of releases for values from (%L) to (%L)',
        'releases_' || to_char(first_day, 'YYYY_MM'), first_day, (first_day + interval '1 month')::date);
    end
    $$;
    select create_release_partition((now() + make_interval(months => ahead))::date) from generate_series(-1, 2) as ahead;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function create_release_partition(date);
    drop table releases;
  `);
}
