import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { CustomClaim } from './custom-claim.ts';

/** The author and the time of a change. `by` is an account id. */
interface ClaimChange {
  readonly by: string;
  readonly at: Date;
}

const LOCK_NAME = 'custom_claims';

/** Rows of `custom_claims`. */
export function createCustomClaimStore(db: Database) {
  return {
    /** Retired ones too, oldest first. */
    listAll(): Promise<CustomClaim[]> {
      return db.query<CustomClaim>(sql`select name, kind, is_multiple, rules, title, description, sensitivity, retired_at
        from custom_claims order by created_at, name`);
    },

    /** Until the transaction ends no other request changes a claim. */
    async lock(): Promise<void> {
      await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${LOCK_NAME}, 0))`);
    },

    /** @returns false when the name was ever used. */
    async insert(claim: CustomClaim, { by, at }: ClaimChange): Promise<boolean> {
      const row = { ...claim, createdAt: at, createdBy: by, updatedAt: at, updatedBy: by };
      const rows = await db.query(
        sql`insert into custom_claims ${sql.values(row)} on conflict do nothing returning name`,
      );
      return rows.length > 0;
    },

    /** Writes all columns of a claim that is not retired, except its name and kind. */
    async update(claim: CustomClaim, { by, at }: ClaimChange): Promise<void> {
      await db.execute(sql`update custom_claims set is_multiple = ${claim.isMultiple}, rules = ${claim.rules},
          title = ${claim.title}, description = ${claim.description}, sensitivity = ${claim.sensitivity},
          updated_at = ${at}, updated_by = ${by}
        where name = ${claim.name} and retired_at is null`);
    },

    async retire(name: string, { by, at }: ClaimChange): Promise<void> {
      await db.execute(sql`update custom_claims set retired_at = ${at}, updated_at = ${at}, updated_by = ${by}
        where name = ${name} and retired_at is null`);
    },
  };
}
