import type { Knex } from 'knex';

// The purge looks for expired rows every few minutes. Sessions move their end at most hourly, grants never.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index sessions_expires_at on sessions (expires_at);
    create index grants_expires_at on grants (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index grants_expires_at;
    drop index sessions_expires_at;
  `);
}
