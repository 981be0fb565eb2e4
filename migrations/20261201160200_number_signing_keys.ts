import type { Knex } from 'knex';

/**
 * The keys of an algorithm are numbered from 1. The number of a withdrawn key is not given again, and a key that an older node
 * adds gets its number, too. The private part of a key is destroyed when it stops signing; the keys that exist now keep theirs for
 * a day, because nodes of the previous version open the private part of every key.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table signing_key_versions (
      alg text primary key,
      last_version integer not null
    );
    alter table signing_keys add column version integer;
    alter table signing_keys add column private_part_until timestamptz;

    update signing_keys k set version = numbered.version, private_part_until = now() + interval '1 day'
      from (select kid, row_number() over (partition by alg order by created_at, kid) as version
        from signing_keys) as numbered
      where numbered.kid = k.kid;
    insert into signing_key_versions (alg, last_version)
      select alg, max(version) from signing_keys group by alg;

    create function number_signing_key() returns trigger language plpgsql as $$
    begin
      insert into signing_key_versions as v (alg, last_version) values (new.alg, 1)
        on conflict (alg) do update set last_version = v.last_version + 1
        returning last_version into new.version;
      return new;
    end $$;
    create trigger signing_keys_number before insert on signing_keys
      for each row execute function number_signing_key();
    create unique index signing_keys_alg_version on signing_keys (alg, version);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger signing_keys_number on signing_keys;
    drop function number_signing_key();
    -- The previous version opens the private part of every key.
    delete from signing_keys where length(sealed_private_jwk) = 0;
    alter table signing_keys drop column private_part_until;
    alter table signing_keys drop column version;
    drop table signing_key_versions;
  `);
}
