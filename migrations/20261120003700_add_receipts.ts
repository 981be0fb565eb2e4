import type { Knex } from 'knex';

/**
 * Every event of a consent carries its receipt in the same row, so that there is no decision without one and no event
 * with two. Rows from before have none; the check holds for all that are written from now on.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table consent_texts (
      -- SHA-256 of content
      hash bytea primary key,
      -- what a page said, without any value of a person
      content text not null,
      created_at timestamptz not null
    );

    alter table consent_events
      add column receipt_id uuid,
      -- json and not jsonb: what is signed later has to stay as it was written
      add column receipt json,
      add column text_hash bytea references consent_texts (hash),
      add column receipt_jws text,
      add constraint consent_events_have_a_receipt
        check (receipt_id is not null and receipt is not null) not valid,
      drop constraint consent_events_kind_check,
      add constraint consent_events_kind_check check (kind in (
        'allowed', 'changed', 'kept', 'refused', 'withdrawn', 'expired', 'suspended', 'resumed', 'handed_back'));
    create unique index consent_events_receipt_id on consent_events (receipt_id);
    create index consent_events_of_app on consent_events (account_id, client_id, id desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from consent_events where kind = 'handed_back';
    drop index consent_events_of_app;
    drop index consent_events_receipt_id;
    alter table consent_events
      drop constraint consent_events_kind_check,
      add constraint consent_events_kind_check
        check (kind in ('allowed', 'changed', 'kept', 'refused', 'withdrawn', 'expired', 'suspended', 'resumed')),
      drop constraint consent_events_have_a_receipt,
      drop column receipt_jws,
      drop column text_hash,
      drop column receipt,
      drop column receipt_id;
    drop table consent_texts;
  `);
}
