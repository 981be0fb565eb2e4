import type { Knex } from 'knex';

/** One row that readiness checks write to: reading alone does not show that a database can be written. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table write_probe (
      is_only boolean primary key default true check (is_only),
      written_at timestamptz not null default now()
    ) with (fillfactor = 10);
    insert into write_probe default values;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table write_probe');
}
