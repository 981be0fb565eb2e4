import type { Knex } from 'knex';

/** A code belongs to a flow (one registration, one reset, one address), in which it can be sent again. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from one_time_codes;
    alter table one_time_codes
      add column flow_id uuid not null,
      -- where the code goes, sealed by the server
      add column sealed_address bytea not null;
    create index one_time_codes_flow_id on one_time_codes (flow_id, created_at);
    create index one_time_codes_account_id on one_time_codes (account_id) where account_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index one_time_codes_account_id;
    drop index one_time_codes_flow_id;
    alter table one_time_codes drop column sealed_address, drop column flow_id;
  `);
}
