import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Change } from '../scope-store.ts';
import type { CustomClaim } from './custom-claim.ts';

const LOCK_NAME = 'custom_claims';

/** Rows of `custom_claims`. */
export function createCustomClaimStore(db: Database) {
  const listAll = () =>
    db.query<CustomClaim>(sql`select name, kind, is_multiple, rules, title, description, sensitivity, retired_at,
        case when retired_at is not null then updated_by end as retired_by
      from custom_claims order by created_at, name`);
  return {
    /** Retired ones too, oldest first. */
    listAll,

    /** The same list. Until the transaction ends no other request changes a claim. */
    async listLocked(): Promise<CustomClaim[]> {
      await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${LOCK_NAME}, 0))`);
      return listAll();
    },

    /** @returns false when the name was ever used. */
    async insert(
      { retiredBy: _live, ...claim }: CustomClaim,
      { by, at }: Change,
    ): Promise<boolean> {
      const row = { ...claim, createdAt: at, createdBy: by, updatedAt: at, updatedBy: by };
      const rows = await db.query(
        sql`insert into custom_claims ${sql.values(row)} on conflict do nothing returning name`,
      );
      return rows.length > 0;
    },

    /** Writes all columns of a claim that is not retired, except its name and kind. */
    async update(claim: CustomClaim, { by, at }: Change): Promise<void> {
      await db.execute(sql`update custom_claims set is_multiple = ${claim.isMultiple}, rules = ${claim.rules},
          title = ${claim.title}, description = ${claim.description}, sensitivity = ${claim.sensitivity},
          updated_at = ${at}, updated_by = ${by}
        where name = ${claim.name} and retired_at is null`);
    },

    async retire(name: string, { by, at }: Change): Promise<void> {
      await db.execute(sql`update custom_claims set retired_at = ${at}, updated_at = ${at}, updated_by = ${by}
        where name = ${name} and retired_at is null`);
    },
  };
}
