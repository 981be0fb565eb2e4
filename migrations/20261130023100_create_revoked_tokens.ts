import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- opaque access tokens that ended before their time; a row goes when its token would have expired
    create table revoked_tokens (
      fingerprint bytea primary key,
      expires_at timestamptz not null
    );
    create index revoked_tokens_expires_at on revoked_tokens (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table revoked_tokens');
}
