import type { Knex } from 'knex';

/**
 * The `sub` of a token is an account id or a client id (RFC 9700 §4.15). No id is ever in both tables, whichever node
 * writes it. An app that was registered with the id of a person loses its tokens and waits for an administrator.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function refuse_client_id_of_account() returns trigger language plpgsql as $$
    begin
      -- New nodes give ids of another shape and never wait here.
      if new.id !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
        return new;
      end if;
      perform pg_advisory_xact_lock(7240115301);
      if exists (select from accounts where accounts.id = new.id::uuid)
        or exists (select from retired_account_ids where fingerprint = account_id_fingerprint(new.id::uuid)) then
        raise unique_violation using message = 'this client id is the id of an account';
      end if;
      return new;
    end
    $$;
    create trigger clients_id_is_no_account_id before insert on clients
      for each row execute function refuse_client_id_of_account();

    create function refuse_account_id_of_client() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(7240115301);
      if exists (select from clients where clients.id = new.id::text) then
        raise unique_violation using message = 'this account id is the id of an app';
      end if;
      return new;
    end
    $$;
    create trigger accounts_id_is_no_client_id before insert on accounts
      for each row execute function refuse_account_id_of_client();

    update clients set status = 'suspended', updated_at = now(),
        metadata = metadata || jsonb_build_object('held_by_administrator', true,
          'tokens_cut_off_at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      where status <> 'deleted' and exists (select from accounts where accounts.id::text = clients.id);

    -- The form a row was made with: sending it again makes no second row. Unique for one owner, so it names nothing for others.
    alter table clients add column draft_key uuid;
    create unique index clients_draft_key on clients (owner_account_id, draft_key) where draft_key is not null;
    alter table client_secrets add column draft_key uuid;
    create unique index client_secrets_draft_key on client_secrets (client_id, draft_key) where draft_key is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table client_secrets drop column draft_key;
    alter table clients drop column draft_key;
    drop trigger accounts_id_is_no_client_id on accounts;
    drop function refuse_account_id_of_client();
    drop trigger clients_id_is_no_account_id on clients;
    drop function refuse_client_id_of_account();
  `);
}
