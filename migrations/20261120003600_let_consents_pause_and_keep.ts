import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table consents
      -- nothing was read for a long time: nothing leaves until the person resumes it
      add column suspended_at timestamptz,
      -- the newest read that the search for unused consents has seen: when it has to look again follows from it
      add column last_read_seen_at timestamptz;
    create index consents_unused on consents ((greatest(updated_at, last_read_seen_at)))
      where status = 'active' and suspended_at is null;

    alter table consent_items
      -- the purpose text that the person agreed to; null when the app gave none, or for older decisions
      add column purpose jsonb,
      -- the longest duration that the person has seen the app ask for
      add column seen_duration text check (seen_duration in ('once', '30_days', '1_year', 'until_withdrawn')),
      -- the version of a changed request to which the person said: keep what I agreed to before
      add column kept_version integer,
      -- when the history was told that this ran out
      add column expiry_told_at timestamptz;
    create index consent_items_ending on consent_items (expires_at)
      where expires_at is not null and expiry_told_at is null and decision = 'share';

    alter table consent_events drop constraint consent_events_kind_check;
    alter table consent_events add constraint consent_events_kind_check check (kind in
      ('allowed', 'changed', 'kept', 'refused', 'withdrawn', 'expired', 'suspended', 'resumed'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from consent_events where kind in ('kept', 'suspended', 'resumed');
    alter table consent_events drop constraint consent_events_kind_check;
    alter table consent_events add constraint consent_events_kind_check check (kind in
      ('allowed', 'changed', 'refused', 'withdrawn', 'expired'));
    drop index consent_items_ending;
    alter table consent_items drop column purpose, drop column seen_duration, drop column kept_version,
      drop column expiry_told_at;
    drop index consents_unused;
    alter table consents drop column suspended_at, drop column last_read_seen_at;
  `);
}
