import type { Database } from '../../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../../platform/postgres/sql.ts';
import type { IdentifierRow } from '../identifiers/identifier-store.ts';
import type { WrappedAccountKey } from '../keys/account-key.ts';
import { KEY_COLUMNS } from '../keys/account-key-store.ts';

/** A row as it is stored: the value is unreadable without the account's key. */
export interface AttributeRow {
  readonly id: string;
  readonly accountId: string;
  readonly claim: string;
  readonly sealedValue: Buffer;
  readonly isDefault: boolean;
  readonly verifiedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** All values of one account with the key that opens them. */
export interface SealedAttributes {
  readonly key: WrappedAccountKey;
  readonly rows: readonly AttributeRow[];
}

type VerifiedRow = IdentifierRow & {
  readonly claim: string;
  /** The value becomes the default of its claim. */
  readonly isDefault: boolean;
};

interface RemovedRow {
  readonly id: string;
  readonly accountId: string;
  /** The value that becomes the default of the claim. */
  readonly nextDefaultId: string | null;
}

const COLUMNS = sql`attributes.id, attributes.account_id, attributes.claim, attributes.sealed_value,
  attributes.is_default, attributes.verified_at, attributes.created_at, attributes.updated_at`;
const OLDEST_FIRST = sql`order by attributes.created_at, attributes.is_default desc, attributes.id`;

/** Rows of `attributes`: the store receives and returns ciphertext only. */
export function createAttributeStore(db: Database) {
  return {
    /** Oldest first. */
    list(accountId: string): Promise<AttributeRow[]> {
      return db.query<AttributeRow>(
        sql`select ${COLUMNS} from attributes where account_id = ${accountId} ${OLDEST_FIRST}`,
      );
    },

    /** As `list`, with the key; null when there is none. */
    async findSealed(accountId: string): Promise<SealedAttributes | null> {
      const rows = await db.query<WrappedAccountKey & (AttributeRow | { readonly id: null })>(
        sql`select ${KEY_COLUMNS}, ${COLUMNS} from account_keys
          left join attributes on attributes.account_id = account_keys.account_id
          where account_keys.account_id = ${accountId} ${OLDEST_FIRST}`,
      );
      const [key] = rows;
      if (key === undefined) return null;
      return {
        key: { wrappedKey: key.wrappedKey, leaf: key.leaf },
        rows: rows.flatMap(({ wrappedKey: _key, leaf: _leaf, ...row }) =>
          row.id === null ? [] : [row],
        ),
      };
    },

    async insert(row: AttributeRow): Promise<void> {
      await db.execute(sql`insert into attributes ${sql.values({ ...row })}`);
    },

    async insertMany(rows: readonly AttributeRow[]): Promise<void> {
      await db.execute(sql`insert into attributes
          (id, account_id, claim, sealed_value, is_default, verified_at, created_at, updated_at)
        select * from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ accountId }) => accountId)}::uuid[],
          ${rows.map(({ claim }) => claim)}::text[], ${rows.map(({ sealedValue }) => sealedValue)}::bytea[],
          ${rows.map(({ isDefault }) => isDefault)}::boolean[], ${rows.map(({ verifiedAt }) => verifiedAt)}::timestamptz[],
          ${rows.map(({ createdAt }) => createdAt)}::timestamptz[],
          ${rows.map(({ updatedAt }) => updatedAt)}::timestamptz[])`);
    },

    async updateValue(
      row: Pick<AttributeRow, 'id' | 'accountId' | 'sealedValue' | 'updatedAt'>,
    ): Promise<void> {
      await db.execute(sql`update attributes set sealed_value = ${row.sealedValue}, updated_at = ${row.updatedAt}
        where id = ${row.id} and account_id = ${row.accountId}`);
    },

    /**
     * Marks a value as verified and makes it an identifier. The mark of the previous default is removed first, because
     * a unique index is checked row by row.
     * @returns false when another account has the identifier: nothing changes then.
     */
    markVerified: (row: VerifiedRow) => markVerified(db, row),

    /**
     * Deletes a value and its identifier.
     * @returns false for the only e-mail or phone with which the account can sign in: nothing changes then.
     */
    remove: (row: RemovedRow) =>
      deleteRow(
        db,
        row,
        sql`(not exists (select from identifiers where attribute_id = ${row.id} and kind <> 'username')
        or exists (select from identifiers where account_id = ${row.accountId} and kind <> 'username'
          and attribute_id <> ${row.id}))`,
      ),

    /** As `remove`, but also removes the last identifier. */
    removeLast: (row: RemovedRow) => deleteRow(db, row, sql`true`),

    /** Makes one value the default of its claim. The mark of the previous default is removed first. */
    async makeDefault({
      id,
      accountId,
      claim,
    }: Pick<AttributeRow, 'id' | 'accountId' | 'claim'>): Promise<void> {
      await db.execute(sql`with demoted as (
          update attributes set is_default = false
          where account_id = ${accountId} and claim = ${claim} and is_default and id <> ${id} returning id)
        update attributes set is_default = true
        where id = ${id} and account_id = ${accountId} and (select count(*) from demoted) >= 0`);
    },
  };
}

async function deleteRow(
  db: Database,
  { id, accountId, nextDefaultId }: RemovedRow,
  guard: SqlStatement,
): Promise<boolean> {
  const rows = await db.query(sql`with deleted as (
      delete from attributes where id = ${id} and account_id = ${accountId} and ${guard} returning id),
    promoted as (
      update attributes set is_default = true
      where id = ${nextDefaultId} and account_id = ${accountId} and exists (select from deleted))
    select id from deleted`);
  return rows.length > 0;
}

async function markVerified(
  db: Database,
  { claim, isDefault, ...identifier }: VerifiedRow,
): Promise<boolean> {
  const { attributeId, accountId, verifiedAt } = identifier;
  const rows = await db.query(sql`with identified as (
      insert into identifiers ${sql.values(identifier)} on conflict do nothing returning attribute_id),
    demoted as (
      update attributes set is_default = false
      where ${isDefault}::boolean and account_id = ${accountId} and claim = ${claim} and is_default
        and id <> ${attributeId} and exists (select from identified)
      returning id)
    update attributes set verified_at = ${verifiedAt}, updated_at = ${verifiedAt},
      is_default = is_default or ${isDefault}::boolean
    where id = ${attributeId} and account_id = ${accountId} and exists (select from identified)
      and (select count(*) from demoted) >= 0
    returning id`);
  return rows.length > 0;
}
