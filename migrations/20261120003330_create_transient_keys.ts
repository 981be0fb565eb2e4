import type { Knex } from 'knex';

/**
 * Keys of a day, for what lives for hours: mails on their way, addresses of codes, half-done sign-ins. A key is destroyed
 * soon after everything under it has passed, so that nothing of that can be read in an old copy of the database.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table transient_keys (
      version integer primary key,
      -- 32 random bytes, sealed by the master key
      wrapped_key bytea not null,
      created_at timestamptz not null
    );
    -- What is under way was sealed by the master key; a sign-in is begun again, a code asked for again.
    delete from interactions;
    delete from pushed_authorization_requests;
    delete from device_codes;
    delete from backchannel_authentication_requests;
    delete from one_time_codes;
    delete from outgoing_messages where sent_at is not null or failed_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table transient_keys;
  `);
}
