import type { Knex } from 'knex';

/**
 * Sign-outs that apps are notified of (OpenID Connect Back-Channel Logout 1.0).
 *
 * `sessions.app_sids` contains the `sid` of each app that was authorized in the session. A trigger writes a notice when one of them
 * leaves the table: with its row, however that is deleted, or with a change of the row. So no way of ending a session can omit
 * the notices, and both have one commit.
 *
 * No foreign keys: a sign-out must not wait for a change of the account or of the app.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table sessions add column app_sids jsonb not null default '{}';

    create table logout_notices (
      -- the jti of its logout tokens
      id uuid primary key default gen_random_uuid(),
      -- notices of one app are delivered in this order
      position bigint generated always as identity,
      client_id text not null,
      account_id uuid not null,
      sid text not null,
      cause text not null check (cause in ('ended', 'expired')),
      status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed')),
      attempts integer not null default 0,
      -- of the last attempt: a short code, never text of the app
      last_error text,
      -- the app did not answer: later notices wait, too
      holds_others boolean not null default false,
      next_attempt_at timestamptz not null default now(),
      claimed_until timestamptz,
      created_at timestamptz not null default now(),
      finished_at timestamptz
    );
    create index logout_notices_waiting on logout_notices (client_id, position) where status = 'waiting';
    create index logout_notices_client on logout_notices (client_id, created_at);
    create index logout_notices_account on logout_notices (account_id);
    create index logout_notices_created on logout_notices (created_at);

    create function note_logouts(account uuid, sids jsonb, expires timestamptz) returns void language plpgsql as $$
    declare app text;
    begin
      for app in
        insert into logout_notices (client_id, account_id, sid, cause)
        select clients.id, account, sids ->> clients.id, case when expires <= now() then 'expired' else 'ended' end
        from clients
        where clients.id in (select jsonb_object_keys(sids))
          and clients.status <> 'deleted' and clients.metadata ->> 'backchannel_logout_uri' is not null
        returning client_id
      loop
        perform pg_notify('consentry_changes', gen_random_uuid()::text || ' logout ' || app);
      end loop;
    end
    $$;

    create function note_logouts_of_session() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        -- A cascade from a deleted account: its sessions ended before.
        if exists (select 1 from accounts where id = old.account_id) then
          perform note_logouts(old.account_id, old.app_sids, old.expires_at);
        end if;
      else
        perform note_logouts(old.account_id, coalesce(jsonb_object_agg(key, value), '{}'), old.expires_at)
          from jsonb_each(old.app_sids)
          where new.account_id is distinct from old.account_id or new.app_sids -> key is distinct from value;
      end if;
      return null;
    end
    $$;
    create trigger sessions_ended after delete on sessions
      for each row when (old.account_id is not null and old.app_sids <> '{}')
      execute function note_logouts_of_session();
    create trigger sessions_left after update of app_sids, account_id on sessions
      for each row when (
        old.account_id is not null and old.app_sids <> '{}'
        and (old.app_sids, old.account_id) is distinct from (new.app_sids, new.account_id))
      execute function note_logouts_of_session();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger sessions_left on sessions;
    drop trigger sessions_ended on sessions;
    drop function note_logouts_of_session();
    drop function note_logouts(uuid, jsonb, timestamptz);
    drop table logout_notices;
    alter table sessions drop column app_sids;
  `);
}
