import type { Knex } from 'knex';

/**
 * Each release is chained to the one of the same account before it: `hash` is SHA-256 over the hash before (nothing for
 * the first) and the row's line. `ledger_heads` holds the end of each chain; who appends locks it first, so a chain
 * never forks. Rows that are there already are chained in the order in which they are shown.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ledger_heads (
      account_id uuid primary key,
      seq bigint not null,
      hash bytea not null,
      removal text
    ) with (fillfactor = 70);

    create function ledger_line(
      account_id uuid, seq bigint, released_at timestamptz, client_id text, grant_id text,
      channel text, claims text[], ip text, request_id text
    ) returns text language sql stable as $$
      select seq || E'\\n' || account_id
        || E'\\n' || to_char(released_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || E'\\n' || to_json(client_id) || E'\\n' || coalesce(to_json(grant_id)::text, 'null')
        || E'\\n' || to_json(channel) || E'\\n' || array_to_json(claims)
        || E'\\n' || coalesce(to_json(ip)::text, 'null') || E'\\n' || coalesce(to_json(request_id)::text, 'null')
    $$;
    create function ledger_link(hash bytea, first bytea, line text) returns bytea language plpgsql immutable as $$
    begin
      return sha256(coalesce(hash, first) || convert_to(line, 'UTF8'));
    end
    $$;
    create aggregate ledger_chain(first bytea, line text) (sfunc = ledger_link, stype = bytea);

    alter table releases add column seq bigint, add column hash bytea;
    update releases set seq = linked.seq, hash = linked.hash
    from (
      select id, released_at, seq, ledger_chain(''::bytea,
        ledger_line(account_id, seq, released_at, client_id, grant_id, channel, claims, ip, request_id)
      ) over (partition by account_id order by seq) as hash
      from (
        select id, account_id, released_at, client_id, grant_id, channel, claims, ip, request_id,
          row_number() over (partition by account_id order by released_at, id) as seq
        from releases
      ) as numbered
    ) as linked
    where releases.id = linked.id and releases.released_at = linked.released_at;
    insert into ledger_heads (account_id, seq, hash)
      select distinct on (account_id) account_id, seq, hash from releases order by account_id, seq desc;

    alter table releases drop constraint releases_pkey;
    alter table releases drop column id;
    alter table releases alter column hash set not null, add primary key (account_id, seq, released_at);

    -- Planning anew at every call would cost three times the work itself.
    create function append_releases(batch json) returns void language plpgsql
      set plan_cache_mode = force_generic_plan as $$
    declare
      accounts uuid[] := array(
        select distinct released.account_id from json_to_recordset(batch) as released (account_id uuid) order by 1
      );
    begin
      -- Everybody takes heads in the order of their accounts: nobody waits in a circle.
      if (select count(*) from ledger_heads where account_id = any (accounts)) < cardinality(accounts) then
        insert into ledger_heads (account_id, seq, hash)
          select account_id, 0, ''::bytea from unnest(accounts) as account_id order by account_id
          on conflict do nothing;
      end if;
      perform 1 from ledger_heads where account_id = any (accounts) order by account_id for update;

      -- Begins after the locks were got, so it sees the heads as they are now.
      with incoming as (
        select account_id, client_id, grant_id, channel, claims, ip, request_id, released_at,
          row_number() over (partition by account_id order by place) as step
        from rows from (json_to_recordset(batch) as (
          account_id uuid, client_id text, grant_id text, channel text, claims text[], ip text, request_id text, released_at timestamptz
        )) with ordinality as released
          (account_id, client_id, grant_id, channel, claims, ip, request_id, released_at, place)
      ), numbered as (
        select incoming.*, ledger_heads.seq + incoming.step as seq, ledger_heads.hash as before
        from incoming join ledger_heads on ledger_heads.account_id = incoming.account_id
        where ledger_heads.account_id = any (accounts)
      ), linked as materialized (
        select account_id, seq, released_at, client_id, grant_id, channel, claims, ip, request_id,
          ledger_chain(before,
            ledger_line(account_id, seq, released_at, client_id, grant_id, channel, claims, ip, request_id)
          ) over (partition by account_id order by seq) as hash
        from numbered
      ), written as (
        insert into releases (account_id, seq, released_at, client_id, grant_id, channel, claims, ip, request_id, hash)
        select account_id, seq, released_at, client_id, grant_id, channel, claims, ip, request_id, hash from linked
      )
      update ledger_heads set seq = ends.seq, hash = ends.hash
      from (select distinct on (account_id) account_id, seq, hash from linked order by account_id, seq desc) as ends
      where ledger_heads.account_id = ends.account_id and ledger_heads.account_id = any (accounts);
    end
    $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function append_releases(json);
    alter table releases drop constraint releases_pkey;
    alter table releases drop column seq, drop column hash;
    alter table releases add column id bigint generated always as identity;
    alter table releases add primary key (id, released_at);
    drop aggregate ledger_chain(bytea, text);
    drop function ledger_link(bytea, bytea, text);
    drop function ledger_line(uuid, bigint, timestamptz, text, text, text, text[], text, text);
    drop table ledger_heads;
  `);
}
