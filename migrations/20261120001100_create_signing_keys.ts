import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table signing_keys (
      kid text primary key,
      alg text not null,
      -- next: published, not yet used; current: signs; retired: only verifies
      status text not null check (status in ('next', 'current', 'retired')),
      public_jwk json not null,
      sealed_private_jwk bytea not null,
      created_at timestamptz not null,
      retired_at timestamptz
    );
    create unique index signing_keys_one_current on signing_keys (alg) where status = 'current';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table signing_keys;
  `);
}
