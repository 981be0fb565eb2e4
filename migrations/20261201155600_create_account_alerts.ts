import type { Knex } from 'knex';

/** Mails about a change of an account, each with a link by which the person reports that the change was not theirs. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table account_alerts (
      id uuid primary key,
      account_id uuid not null references accounts (id) on delete cascade,
      kind text not null,
      -- SHA-256 of the link
      link_fingerprint bytea not null unique,
      -- the address of the mail, encrypted with a key that only the link contains
      recipient bytea not null,
      happened_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create index account_alerts_account_id on account_alerts (account_id);
    create index account_alerts_expires_at on account_alerts (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table account_alerts');
}
