import type { Knex } from 'knex';

/**
 * May an account get another session, without ending one of the same device or one above the limit? When it may, sign-ins of
 * the same account wait for the transaction of the caller. False also while another sign-in of the account is under way.
 *
 * A function, because the rows have to be counted after the lock was acquired: the statement that calls it sees the rows as
 * they were before.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function has_session_room(account uuid, new_uid text, device bytea, session_limit integer)
    returns boolean language plpgsql volatile as $$
    begin
      if not pg_try_advisory_xact_lock(hashtextextended('sessions ' || account, 0)) then
        return false;
      end if;
      return (
        select count(*) filter (where device_fingerprint is distinct from device) < session_limit
          and coalesce(not bool_or(device_fingerprint = device), true)
        from sessions where account_id = account and uid <> new_uid
      );
    end
    $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop function has_session_room(uuid, text, bytea, integer)');
}
