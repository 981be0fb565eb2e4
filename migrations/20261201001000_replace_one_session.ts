import type { Knex } from 'knex';

/**
 * For a sign-in that ends another session of its account in the same statement.
 *
 * `has_session_room` with one session that is to end: as without, and that session must not have changed since it was read. Its row
 * is locked until the transaction ends.
 *
 * `revoke_session_grants` revokes the grants of a session, except those of some apps, and returns their ids. It is a function, because
 * it has to find grants that were committed while the row of the session was being locked: the statement that calls it sees the
 * rows as they were before.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function has_session_room(
      account uuid, new_uid text, device bytea, session_limit integer, ended_uid text, ended_version xid)
    returns boolean language plpgsql volatile as $$
    begin
      if not pg_try_advisory_xact_lock(hashtextextended('sessions ' || account, 0)) then
        return false;
      end if;
      perform 1 from sessions where uid = ended_uid and xmin = ended_version for update;
      return found and (
        select count(*) filter (where device_fingerprint is distinct from device) < session_limit
          and coalesce(not bool_or(device_fingerprint = device), true)
        from sessions where account_id = account and uid <> new_uid and uid <> ended_uid
      );
    end
    $$;
    create function revoke_session_grants(ended_uid text, except_client_ids text[], at timestamptz)
    returns setof text language sql volatile as $$
      update grants set revoked_at = at
      where revoked_at is null and session_uid = ended_uid and client_id <> all(except_client_ids)
      returning id
    $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop function revoke_session_grants(text, text[], timestamptz)');
  await knex.raw('drop function has_session_room(uuid, text, bytea, integer, text, xid)');
}
