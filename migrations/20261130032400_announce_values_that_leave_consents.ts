import type { Knex } from 'knex';

/** Foreign keys that empty a column change rows of which every node keeps copies: those copies have to go. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function announce_emptied_consent_item() returns trigger language plpgsql as $$
    begin
      perform pg_notify('consentry_changes',
        gen_random_uuid()::text || ' consent ' || consents.account_id::text || ':' || consents.client_id)
        from consents where consents.id = new.consent_id;
      return null;
    end
    $$;
    create trigger consent_items_emptied after update of attribute_id on consent_items
      for each row when (new.decision = 'share' and new.attribute_id is null and old.attribute_id is not null)
      execute function announce_emptied_consent_item();

    create function announce_ownerless_client() returns trigger language plpgsql as $$
    begin
      perform pg_notify('consentry_changes', gen_random_uuid()::text || ' client ' || new.id);
      return null;
    end
    $$;
    create trigger clients_ownerless after update of owner_account_id on clients
      for each row when (new.owner_account_id is null and old.owner_account_id is not null)
      execute function announce_ownerless_client();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger clients_ownerless on clients;
    drop function announce_ownerless_client();
    drop trigger consent_items_emptied on consent_items;
    drop function announce_emptied_consent_item();
  `);
}
