import type { Knex } from 'knex';

/**
 * A code or link knows the browser that requested it. Wrong guesses from browsers that the account does not trust are counted apart,
 * and so are the messages that strangers can cause to one address.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table one_time_codes
      -- SHA-256 of the browser's identifier; absent for programs
      add column requester_fingerprint bytea,
      add column is_requester_trusted boolean not null default false,
      add column untrusted_guesses integer not null default 0;

    create table address_messages (
      -- keyed index of the address, or of the address and a trusted browser
      budget_index bytea not null,
      sent_at timestamptz not null
    );
    create index address_messages_budget on address_messages (budget_index, sent_at);
    create index address_messages_sent_at on address_messages (sent_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table address_messages;
    alter table one_time_codes drop column requester_fingerprint, drop column is_requester_trusted,
      drop column untrusted_guesses;
  `);
}
