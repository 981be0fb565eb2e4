import type { Knex } from 'knex';

/**
 * Months of releases begin at midnight UTC. The bounds of earlier partitions followed the time zone of whichever session
 * made them, so partitions of two time zones overlapped or left hours without one. Such partitions are replaced; their
 * rows move.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create or replace function create_release_partition(month date) returns void language plpgsql
    set timezone = 'UTC' set datestyle = 'ISO, MDY' as $$
    declare
      first_day timestamp := date_trunc('month', month::timestamp);
    begin
      execute format(
        'create table if not exists %I partition of releases for values from (%L) to (%L)',
        'releases_' || to_char(first_day, 'YYYY_MM'),
        to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00',
        to_char(first_day + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
    end
    $$;

    set local timezone = 'UTC';
    set local datestyle = 'ISO, MDY';
    do $$
    declare
      part record;
      set_aside text[] := '{}';
      earliest timestamptz;
      latest timestamptz := now() + interval '2 months';
      old text;
    begin
      for part in
        select child.oid::regclass::text as name,
          substring(pg_get_expr(child.relpartbound, child.oid) from $re$FROM \\('([^']+)'\\)$re$)::timestamptz as lower_bound,
          substring(pg_get_expr(child.relpartbound, child.oid) from $re$TO \\('([^']+)'\\)$re$)::timestamptz as upper_bound
        from pg_inherits
        join pg_class as child on child.oid = pg_inherits.inhrelid
        where pg_inherits.inhparent = 'releases'::regclass
      loop
        continue when date_trunc('month', part.lower_bound) = part.lower_bound
          and part.lower_bound + interval '1 month' = part.upper_bound;
        old := 'releases_set_aside_' || (cardinality(set_aside) + 1);
        execute format('alter table releases detach partition %s', part.name);
        execute format('alter table %s rename to %I', part.name, old);
        set_aside := set_aside || old;
        earliest := least(earliest, part.lower_bound);
        latest := greatest(latest, part.upper_bound);
      end loop;
      if cardinality(set_aside) = 0 then
        return;
      end if;
      for part in
        select month::date as first_day
        from generate_series(date_trunc('month', earliest), latest, interval '1 month') as month
      loop
        perform create_release_partition(part.first_day);
      end loop;
      foreach old in array set_aside loop
        execute format('insert into releases overriding system value select * from %I', old);
        execute format('drop table %I', old);
      end loop;
    end
    $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create or replace function create_release_partition(month date) returns void language plpgsql as $$
    declare
      first_day date := date_trunc('month', month)::date;
    begin
      execute format(
        'create table if not exists %I partition of releases for values from (%L) to (%L)',
        'releases_' || to_char(first_day, 'YYYY_MM'), first_day, (first_day + interval '1 month')::date);
    end
    $$;
    alter function create_release_partition(date) reset all;
  `);
}
