import type { Knex } from 'knex';

/** A mail can carry a link beside its code: two forms of one proof, so that using one uses up the other. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table one_time_codes
      -- SHA-256 of what is in the link; absent where no link was sent
      add column link_fingerprint bytea,
      add column link_expires_at timestamptz,
      add constraint one_time_codes_link_has_end
        check ((link_fingerprint is null) = (link_expires_at is null));
    create unique index one_time_codes_link_fingerprint on one_time_codes (link_fingerprint)
      where link_fingerprint is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index one_time_codes_link_fingerprint;
    alter table one_time_codes drop constraint one_time_codes_link_has_end,
      drop column link_fingerprint, drop column link_expires_at;
  `);
}
