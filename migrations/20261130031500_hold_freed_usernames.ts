import type { Knex } from 'knex';

/**
 * A username that becomes free is held back for 90 days, however it became free and whoever wants it: people and apps may still take the
 * name for the person it was. The same person can take it back. Both sides are triggers, so that no path forgets it: pages, imports,
 * deletions.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table held_usernames (
      -- as in identifiers
      blind_index bytea primary key,
      -- whose it was; absent when the account is gone
      holder_id uuid references accounts (id) on delete set null,
      held_until timestamptz not null
    );
    create index held_usernames_held_until on held_usernames (held_until);
    create index held_usernames_holder_id on held_usernames (holder_id) where holder_id is not null;

    -- Who frees a name and who takes it at the same moment wait for each other, so that the second sees what the first did.
    create function lock_username(blind_index bytea) returns void language sql as $$
      select pg_advisory_xact_lock(hashtextextended(encode(blind_index, 'hex'), 0))
    $$;

    create function hold_freed_username() returns trigger language plpgsql as $$
    begin
      perform lock_username(old.blind_index);
      delete from held_usernames where held_until <= now();
      insert into held_usernames (blind_index, holder_id, held_until)
        values (old.blind_index, (select id from accounts where id = old.account_id),
          now() + interval '90 days')
        on conflict (blind_index) do update
          set holder_id = excluded.holder_id, held_until = excluded.held_until;
      return old;
    end $$;
    create trigger identifiers_hold_freed_username before delete on identifiers
      for each row when (old.kind = 'username') execute function hold_freed_username();

    -- A name that is held for somebody else is not written, like one that somebody has.
    create function refuse_held_username() returns trigger language plpgsql as $$
    begin
      perform lock_username(new.blind_index);
      if exists (select from held_usernames where blind_index = new.blind_index
          and held_until > now() and holder_id is distinct from new.account_id) then
        return null;
      end if;
      delete from held_usernames where blind_index = new.blind_index;
      return new;
    end $$;
    create trigger identifiers_refuse_held_username before insert on identifiers
      for each row when (new.kind = 'username') execute function refuse_held_username();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger identifiers_refuse_held_username on identifiers;
    drop function refuse_held_username();
    drop trigger identifiers_hold_freed_username on identifiers;
    drop function hold_freed_username();
    drop function lock_username(bytea);
    drop table held_usernames;
  `);
}
