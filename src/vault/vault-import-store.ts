import type { Database } from '../platform/postgres/postgres.ts';
import type { AttributeRow } from './attributes/attribute-store.ts';
import type { IdentifierKind } from './attributes/attribute.ts';
import type { IdentifierRow } from './identifiers/identifier-store.ts';

/** Many rows of `attributes` and `identifiers` at once. */
export interface VaultImportStore {
  insertAttributes(rows: readonly AttributeRow[]): Promise<void>;
  /** @returns the attributes whose address was free; the others are not written. */
  claimIdentifiers(rows: readonly IdentifierRow[]): Promise<ReadonlySet<string>>;
  /** Position in `wanted` -> account. */
  findOwners(
    wanted: readonly { readonly kind: IdentifierKind; readonly blindIndex: Buffer }[],
  ): Promise<ReadonlyMap<number, string>>;
}

export function createVaultImportStore(db: Database): VaultImportStore {
  return Object.freeze({
    insertAttributes: async (rows: readonly AttributeRow[]) => {
      await db.query({
        name: 'attributes-insert-many',
        text: `insert into attributes
                 (id, account_id, claim, sealed_value, is_default, verified_at, created_at, updated_at)
               select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::boolean[],
                 $6::timestamptz[], $7::timestamptz[], $8::timestamptz[])`,
        values: [
          rows.map(({ id }) => id),
          rows.map(({ accountId }) => accountId),
          rows.map(({ claim }) => claim),
          rows.map(({ sealedValue }) => sealedValue),
          rows.map(({ isDefault }) => isDefault),
          rows.map(({ verifiedAt }) => verifiedAt),
          rows.map(({ createdAt }) => createdAt),
          rows.map(({ updatedAt }) => updatedAt),
        ],
      });
    },

    claimIdentifiers: async (rows: readonly IdentifierRow[]) => {
      // In one order everywhere, or two imports at the same time could wait for each other.
      const claimed = await db.query<{ attribute_id: string }>({
        name: 'identifiers-claim-many',
        text: `insert into identifiers (kind, blind_index, account_id, attribute_id, verified_at)
               select * from unnest($1::text[], $2::bytea[], $3::uuid[], $4::uuid[], $5::timestamptz[])
                 as given (kind, blind_index, account_id, attribute_id, verified_at)
               order by kind, blind_index
               on conflict do nothing returning attribute_id`,
        values: [
          rows.map(({ kind }) => kind),
          rows.map(({ blindIndex }) => blindIndex),
          rows.map(({ accountId }) => accountId),
          rows.map(({ attributeId }) => attributeId),
          rows.map(({ verifiedAt }) => verifiedAt),
        ],
      });
      return new Set(claimed.map((row) => row.attribute_id));
    },

    findOwners: async (wanted) => {
      const rows = await db.query<{ position: number; account_id: string }>({
        name: 'identifiers-find-owners',
        text: `select wanted.position::int, identifiers.account_id
               from unnest($1::text[], $2::bytea[]) with ordinality as wanted (kind, blind_index, position)
               join identifiers on identifiers.kind = wanted.kind
                 and identifiers.blind_index = wanted.blind_index`,
        values: [wanted.map(({ kind }) => kind), wanted.map(({ blindIndex }) => blindIndex)],
      });
      return new Map(rows.map((row) => [row.position - 1, row.account_id]));
    },
  } satisfies VaultImportStore);
}
