import type { Database } from '../../platform/postgres/postgres.ts';
import type { ChangeFeed } from '../../platform/change-feed.ts';
import { createFreshCache } from '../../platform/fresh-cache.ts';
import {
  openAccountSealer,
  type KeyWrapping,
  type WrappedAccountKey,
} from '../keys/account-key.ts';
import { toWrappedKey, type RawAccountKey } from '../keys/account-key-store.ts';
import type { AttributeValue } from './attribute.ts';
import { openContent } from './sealed-value.ts';

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

/** Rows of `attributes`; ciphertext in, ciphertext out. */
export interface AttributeStore {
  list(accountId: string): Promise<AttributeRow[]>;
  insert(row: AttributeRow): Promise<void>;
  updateValue(row: {
    id: string;
    accountId: string;
    sealedValue: Buffer;
    updatedAt: Date;
  }): Promise<void>;
  setVerified(row: { id: string; accountId: string; verifiedAt: Date }): Promise<void>;
  remove(row: { id: string; accountId: string }): Promise<void>;
  /** Makes one value the default of its claim and takes that from the others. */
  makeDefault(row: { id: string; accountId: string; claim: string }): Promise<void>;
}

interface RawRow {
  readonly id: string;
  readonly account_id: string;
  readonly claim: string;
  readonly sealed_value: Buffer;
  readonly is_default: boolean;
  readonly verified_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const LIST = `select id, account_id, claim, sealed_value, is_default, verified_at, created_at, updated_at
  from attributes where account_id = $1 order by created_at, is_default desc, id`;

export function createAttributeStore(db: Database): AttributeStore {
  return Object.freeze({
    list: async (accountId: string) => {
      const rows = await db.query<RawRow>({
        name: 'attributes-list',
        text: LIST,
        values: [accountId],
      });
      return rows.map(fromRow);
    },

    insert: async (row: AttributeRow) => {
      await db.query({
        name: 'attributes-insert',
        text: `insert into attributes
                 (id, account_id, claim, sealed_value, is_default, verified_at, created_at, updated_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        values: [
          row.id,
          row.accountId,
          row.claim,
          row.sealedValue,
          row.isDefault,
          row.verifiedAt,
          row.createdAt,
          row.updatedAt,
        ],
      });
    },

    updateValue: async ({ id, accountId, sealedValue, updatedAt }) => {
      await db.query({
        name: 'attributes-update-value',
        text: `update attributes set sealed_value = $3, updated_at = $4 where id = $1 and account_id = $2`,
        values: [id, accountId, sealedValue, updatedAt],
      });
    },

    setVerified: async ({ id, accountId, verifiedAt }) => {
      await db.query({
        name: 'attributes-set-verified',
        text: `update attributes set verified_at = $3, updated_at = $3 where id = $1 and account_id = $2`,
        values: [id, accountId, verifiedAt],
      });
    },

    remove: async ({ id, accountId }) => {
      await db.query({
        name: 'attributes-remove',
        text: 'delete from attributes where id = $1 and account_id = $2',
        values: [id, accountId],
      });
    },

    makeDefault: async ({ id, accountId, claim }) => {
      // Two steps: a unique index is checked row by row, so taking must come before giving.
      await db.query({
        name: 'attributes-take-default',
        text: `update attributes set is_default = false
               where account_id = $1 and claim = $2 and is_default and id <> $3`,
        values: [accountId, claim, id],
      });
      await db.query({
        name: 'attributes-give-default',
        text: 'update attributes set is_default = true where id = $1 and account_id = $2',
        values: [id, accountId],
      });
    },
  } satisfies AttributeStore);
}

/** A value that may be released, if the consent allows it. */
export interface ReleasableAttribute {
  readonly claim: string;
  readonly value: AttributeValue;
  readonly isVerified: boolean;
  readonly updatedAt: Date;
}

/** The read side of the one door: only `claims/` uses it. */
export interface ReleasableAttributes {
  /**
   * The named values of one account, by id. Ids that are gone, or belong to another account, are absent.
   * Values are decrypted for this call and never kept.
   */
  readReleasable(
    accountId: string,
    attributeIds: readonly string[],
  ): Promise<ReadonlyMap<string, ReleasableAttribute>>;
}

export interface ReleasableDeps extends KeyWrapping {
  readonly db: Database;
  readonly feed: ChangeFeed;
}

interface SealedAccount {
  readonly key: WrappedAccountKey;
  readonly rows: ReadonlyMap<
    string,
    Pick<AttributeRow, 'claim' | 'sealedValue' | 'verifiedAt' | 'updatedAt'>
  >;
}

interface ReleasableRow extends RawAccountKey {
  readonly id: string | null;
  readonly claim: string;
  readonly sealed_value: Buffer;
  readonly verified_at: Date | null;
  readonly updated_at: Date;
}

const CACHED_ACCOUNTS = 10_000;

/** Keeps ciphertext of lately read accounts, fresh within the feed's bound (topic `vault`). */
export function createReleasableAttributes(deps: ReleasableDeps): ReleasableAttributes {
  const cache = createFreshCache<SealedAccount | null>({
    feed: deps.feed,
    topic: 'vault',
    maxEntries: CACHED_ACCOUNTS,
    load: (accountId) => readSealedAccount(deps.db, accountId),
  });

  return Object.freeze({
    readReleasable: async (accountId: string, attributeIds: readonly string[]) => {
      const found = new Map<string, ReleasableAttribute>();
      if (attributeIds.length === 0) return found;
      const account = await cache.get(accountId);
      if (account === null) return found;
      const sealer = openAccountSealer(deps, accountId, account.key);
      if (sealer === null) return found;
      for (const attributeId of attributeIds) {
        const row = account.rows.get(attributeId);
        if (row === undefined) continue;
        const { claim, sealedValue, verifiedAt, updatedAt } = row;
        const content = openContent(sealer, { accountId, attributeId, claim, sealedValue });
        found.set(attributeId, {
          claim,
          value: content.value,
          isVerified: verifiedAt !== null,
          updatedAt,
        });
      }
      return found;
    },
  });
}

async function readSealedAccount(db: Database, accountId: string): Promise<SealedAccount | null> {
  const rows = await db.query<ReleasableRow>({
    name: 'attributes-read-releasable',
    text: `select k.wrapped_key, k.leaf::text, a.id, a.claim, a.sealed_value, a.verified_at, a.updated_at
           from account_keys k left join attributes a on a.account_id = k.account_id
           where k.account_id = $1`,
    values: [accountId],
  });
  const [first] = rows;
  if (first === undefined) return null;
  const kept = new Map<
    string,
    Pick<AttributeRow, 'claim' | 'sealedValue' | 'verifiedAt' | 'updatedAt'>
  >();
  for (const row of rows) {
    if (row.id === null) continue;
    kept.set(row.id, {
      claim: row.claim,
      sealedValue: row.sealed_value,
      verifiedAt: row.verified_at,
      updatedAt: row.updated_at,
    });
  }
  return { key: toWrappedKey(first), rows: kept };
}

function fromRow(row: RawRow): AttributeRow {
  return {
    id: row.id,
    accountId: row.account_id,
    claim: row.claim,
    sealedValue: row.sealed_value,
    isDefault: row.is_default,
    verifiedAt: row.verified_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
