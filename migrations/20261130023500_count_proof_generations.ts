import type { Knex } from 'knex';

/**
 * Each account has a number that moves when everything that was remembered of earlier proofs ends. Codes, links and known browsers
 * carry the number they were made under. No two clocks are compared.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table accounts add column proof_generation integer not null default 0;
    alter table one_time_codes add column proof_generation integer not null default 0;
    alter table known_devices add column proof_generation integer not null default 0;

    -- Browsers seen last before the account was cut off are not known any more.
    update known_devices d set proof_generation = -1
      from accounts a where a.id = d.account_id and d.last_seen_at < a.proofs_cut_off_at;

    -- An older node moves the time only.
    create function move_proof_generation() returns trigger language plpgsql as $$
    begin
      new.proof_generation := old.proof_generation + 1;
      return new;
    end $$;
    create trigger accounts_move_proof_generation before update of proofs_cut_off_at on accounts
      for each row when (new.proofs_cut_off_at is distinct from old.proofs_cut_off_at
        and new.proof_generation = old.proof_generation)
      execute function move_proof_generation();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger accounts_move_proof_generation on accounts;
    drop function move_proof_generation();
    alter table known_devices drop column proof_generation;
    alter table one_time_codes drop column proof_generation;
    alter table accounts drop column proof_generation;
  `);
}
