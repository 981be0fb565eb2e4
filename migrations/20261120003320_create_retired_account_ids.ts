import type { Knex } from 'knex';

/** An id that apps have known as `sub` never names somebody else, not even through an import that brings its own ids. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table retired_account_ids (
      -- SHA-256; the ids are random, so they cannot be found from it
      fingerprint bytea primary key
    );

    create function account_id_fingerprint(id uuid) returns bytea language sql immutable as $$
      select sha256(convert_to(id::text, 'UTF8'))
    $$;
    create function refuse_retired_account_id() returns trigger language plpgsql as $$
    begin
      if exists (select from retired_account_ids where fingerprint = account_id_fingerprint(new.id)) then
        raise unique_violation using message = 'this account id belonged to somebody else';
      end if;
      return new;
    end
    $$;
    create trigger accounts_id_is_new before insert on accounts
      for each row execute function refuse_retired_account_id();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger accounts_id_is_new on accounts;
    drop function refuse_retired_account_id();
    drop function account_id_fingerprint(uuid);
    drop table retired_account_ids;
  `);
}
