import type { Knex } from 'knex';

/**
 * The peppers with which passwords have been hashed, so that a node with a lost or wrong pepper does not start. A hash names its pepper:
 * `pepper=2$argon2id$...`; the index finds whether any hash still needs a pepper.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table password_peppers (
      version integer primary key,
      check_value bytea not null,
      created_at timestamptz not null default now()
    );
    create index password_credentials_pepper on password_credentials ((split_part(hash, '$', 1)))
      where hash like 'pepper=%';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index password_credentials_pepper;
    drop table password_peppers;
  `);
}
