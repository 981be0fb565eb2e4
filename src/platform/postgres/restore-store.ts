import { withClient } from './postgres-client.ts';
import { beginSession } from './postgres-session.ts';

/** Rows that only unfinished actions at the time of the dump need. */
const EMPTIED = [
  'authorization_codes',
  'access_tokens',
  'client_credentials_tokens',
  'refresh_tokens',
  'refresh_answers',
  'interactions',
  'pushed_authorization_requests',
  'device_codes',
  'backchannel_authentication_requests',
  'one_time_codes',
  'outgoing_messages',
  'outgoing_sms',
] as const;

/**
 * Ends every session, grant, token, code and message of the database at `url`, and moves the cut-off of every account to now: copies in
 * Redis and in memory are older than that. Counters of failed attempts stay. It uses a separate connection without a
 * time limit, because the tables can be long. `url` leads to PostgreSQL itself: a pooler would give each statement
 * another connection.
 * @returns the numbers of ended rows.
 */
export async function endEverythingIssued(url: string) {
  return withClient(url, { application_name: 'consentry-restore' }, async (client) => {
    await beginSession(client);
    const changed = async (text: string): Promise<number> =>
      (await client.query(text)).rowCount ?? 0;
    await changed('update accounts set cut_off_at = now(), proofs_cut_off_at = now()');
    const sessions = await changed('delete from sessions');
    const grants = await changed('update grants set revoked_at = now() where revoked_at is null');
    for (const table of EMPTIED) await changed(`delete from ${table}`);
    await changed(
      `select
         setval('account_key_leaves',
           greatest(lasting.last_value, (incarnation + 1) * 4294967296)),
         setval('temporary_key_leaves',
           greatest(temporary.last_value, 8796093022208 + (incarnation + 1) * 4294967296))
       from account_key_leaves as lasting, temporary_key_leaves as temporary, installation`,
    );
    return { sessions, grants };
  });
}
