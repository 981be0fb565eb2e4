import type { Database } from '../../platform/postgres/postgres.ts';
import type { CustomClaim } from './custom-claim.ts';

/** The author and the time of a change. `by` is an account id. */
export interface ClaimChange {
  readonly by: string;
  readonly at: Date;
}

/** Rows of `custom_claims`. */
export interface CustomClaimStore {
  /** Retired ones too, oldest first. */
  listAll(): Promise<CustomClaim[]>;
  /** Until the transaction ends no other request defines a claim. */
  lock(): Promise<void>;
  /** @returns false when the name was ever used. */
  insert(claim: CustomClaim, change: ClaimChange): Promise<boolean>;
  /** Writes everything but the name and the kind. @returns false when there is no such live claim. */
  update(claim: CustomClaim, change: ClaimChange): Promise<boolean>;
  /** @returns false when there is no such live claim. */
  retire(name: string, change: ClaimChange): Promise<boolean>;
}

interface CustomClaimRow extends Omit<CustomClaim, 'isMultiple' | 'retiredAt'> {
  readonly is_multiple: boolean;
  readonly retired_at: Date | null;
}

const LOCK_NAME = 'custom_claims';

/** Reads and writes the table `custom_claims`. */
export function createCustomClaimStore(db: Database): CustomClaimStore {
  return Object.freeze({
    listAll: async () => {
      const rows = await db.query<CustomClaimRow>({
        name: 'custom-claims-list',
        text: `select name, kind, is_multiple, rules, title, description, sensitivity, retired_at
               from custom_claims order by created_at, name`,
      });
      return rows.map(toClaim);
    },

    lock: async () => {
      await db.query({
        name: 'custom-claims-lock',
        text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
        values: [LOCK_NAME],
      });
    },

    insert: async (claim: CustomClaim, change: ClaimChange) => {
      const rows = await db.query({
        name: 'custom-claims-insert',
        text: `insert into custom_claims (name, kind, is_multiple, rules, title, description, sensitivity,
                 created_at, created_by, updated_at, updated_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9)
               on conflict do nothing returning name`,
        values: [claim.name, claim.kind, ...changeable(claim), change.at, change.by],
      });
      return rows.length > 0;
    },

    update: async (claim: CustomClaim, change: ClaimChange) => {
      const rows = await db.query({
        name: 'custom-claims-update',
        text: `update custom_claims set is_multiple = $2, rules = $3, title = $4, description = $5,
                 sensitivity = $6, updated_at = $7, updated_by = $8
               where name = $1 and retired_at is null returning name`,
        values: [claim.name, ...changeable(claim), change.at, change.by],
      });
      return rows.length > 0;
    },

    retire: async (name: string, change: ClaimChange) => {
      const rows = await db.query({
        name: 'custom-claims-retire',
        text: `update custom_claims set retired_at = $2, updated_at = $2, updated_by = $3
               where name = $1 and retired_at is null returning name`,
        values: [name, change.at, change.by],
      });
      return rows.length > 0;
    },
  } satisfies CustomClaimStore);
}

function changeable(claim: CustomClaim): unknown[] {
  return [
    claim.isMultiple,
    JSON.stringify(claim.rules),
    JSON.stringify(claim.title),
    JSON.stringify(claim.description),
    claim.sensitivity,
  ];
}

function toClaim({ is_multiple, retired_at, ...row }: CustomClaimRow): CustomClaim {
  return { ...row, isMultiple: is_multiple, retiredAt: retired_at };
}
