import type { Database } from '../../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../../platform/postgres/sql.ts';
import type { IdentifierKind, IdentifierOwner } from '../attributes/attribute.ts';

/** A keyed index of an address or username. */
export interface IdentifierIndex {
  readonly kind: IdentifierKind;
  readonly blindIndex: Buffer;
}

export interface IdentifierRow extends IdentifierIndex, IdentifierOwner {
  readonly verifiedAt: Date;
}

/**
 * Rows of `identifiers`: verified addresses and usernames, found by keyed index. The database quarantines a username that is
 * removed for 90 days in `held_usernames`, and refuses it to other accounts until then.
 */
export function createIdentifierStore(db: Database) {
  return {
    async find(index: IdentifierIndex): Promise<IdentifierOwner | null> {
      const [row] = await db.query<IdentifierOwner>(ownerQuery(index));
      return row ?? null;
    },

    /** Position in `wanted` -> account. */
    async findOwners(wanted: readonly IdentifierIndex[]): Promise<ReadonlyMap<number, string>> {
      const rows = await db.query<{ position: number; accountId: string }>(
        sql`select wanted.position::int, identifiers.account_id
          from unnest(${wanted.map(({ kind }) => kind)}::text[], ${wanted.map(({ blindIndex }) => blindIndex)}::bytea[])
            with ordinality as wanted (kind, blind_index, position)
          join identifiers on identifiers.kind = wanted.kind and identifiers.blind_index = wanted.blind_index`,
      );
      return new Map(rows.map(({ position, accountId }) => [position - 1, accountId]));
    },

    /**
     * @returns false when another account has it or it is quarantined. Of concurrent calls exactly one returns true.
     */
    async insert(row: IdentifierRow): Promise<boolean> {
      const rows = await db.query(
        sql`insert into identifiers ${sql.values({ ...row })} on conflict do nothing returning kind`,
      );
      return rows.length > 0;
    },

    /** @returns the attributes whose identifier was free; the others are not written. */
    async insertMany(rows: readonly IdentifierRow[]): Promise<ReadonlySet<string>> {
      // All imports insert in the same order, so that concurrent imports do not deadlock.
      const inserted = await db.query<{ attributeId: string }>(
        sql`insert into identifiers (kind, blind_index, account_id, attribute_id, verified_at)
          select * from unnest(${rows.map(({ kind }) => kind)}::text[], ${rows.map(({ blindIndex }) => blindIndex)}::bytea[],
              ${rows.map(({ accountId }) => accountId)}::uuid[], ${rows.map(({ attributeId }) => attributeId)}::uuid[],
              ${rows.map(({ verifiedAt }) => verifiedAt)}::timestamptz[])
            as given (kind, blind_index, account_id, attribute_id, verified_at)
          order by kind, blind_index
          on conflict do nothing returning attribute_id`,
      );
      return new Set(inserted.map(({ attributeId }) => attributeId));
    },

    async remove({ accountId, attributeId }: IdentifierOwner): Promise<void> {
      await db.query(
        sql`delete from identifiers where account_id = ${accountId} and attribute_id = ${attributeId}`,
      );
    },

    /** Can the account sign in with an address or a username? */
    async hasAny(accountId: string): Promise<boolean> {
      const rows = await db.query(sql`select from identifiers
        where account_id = ${accountId} and attribute_id is not null limit 1`);
      return rows.length > 0;
    },

    /** The account that has a username, and whether the name is quarantined for another account than this one. */
    async findUsername(blindIndex: Buffer, accountId: string) {
      const [row] = await db.query<{ ownerId: string | null; isQuarantined: boolean }>(sql`select
          (select account_id from identifiers where kind = 'username' and blind_index = ${blindIndex}) as owner_id,
          exists (select from held_usernames where blind_index = ${blindIndex} and held_until > now()
            and holder_id is distinct from ${accountId}) as is_quarantined`);
      return row ?? { ownerId: null, isQuarantined: false };
    },

    /** Ends the quarantine of names that this transaction freed, for accounts that were not created in the end. */
    async endOwnQuarantines(): Promise<void> {
      // now() is the same throughout a transaction, and different in every other.
      await db.execute(sql`delete from held_usernames
        where holder_id is null and held_until = now() + interval '90 days'`);
    },
  };
}

/** Finds the account and the attribute of an identifier; a part of other statements too. */
export function ownerQuery({ kind, blindIndex }: IdentifierIndex): SqlStatement {
  return sql`select account_id, attribute_id from identifiers
    where kind = ${kind} and blind_index = ${blindIndex}`;
}
