import type { Knex } from 'knex';

/** Logos of apps. `clients.logo` names the image; its bytes are read only when a browser or a mail needs them. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table clients add column logo text;
    create table client_logos (
      client_id text primary key references clients (id) on delete cascade,
      -- SHA-256 of the WebP file, base64url
      digest text not null,
      webp bytea not null,
      png bytea not null
    );
    create index client_logos_digest on client_logos (digest);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table client_logos;
    alter table clients drop column logo;
  `);
}
