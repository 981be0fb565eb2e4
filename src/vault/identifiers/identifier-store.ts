import type { Database } from '../../platform/postgres/postgres.ts';
import type { IdentifierKind, IdentifierOwner } from '../attributes/attribute.ts';

export interface IdentifierRow extends IdentifierOwner {
  readonly kind: IdentifierKind;
  readonly blindIndex: Buffer;
  readonly verifiedAt: Date;
}

/** Rows of `identifiers`: proven addresses, found by keyed index. */
export interface IdentifierStore {
  find(kind: IdentifierKind, blindIndex: Buffer): Promise<IdentifierOwner | null>;
  /** @returns false when an account has it already; of two at once exactly one gets true. */
  claim(row: IdentifierRow): Promise<boolean>;
  /** Removes the identifier of an attribute. */
  release(row: { accountId: string; attributeId: string }): Promise<void>;
  /** The identifiers that the account can sign in with. */
  list(accountId: string): Promise<{ kind: IdentifierKind; attributeId: string }[]>;
}

interface OwnerRow {
  readonly account_id: string;
  readonly attribute_id: string;
}

export function createIdentifierStore(db: Database): IdentifierStore {
  return Object.freeze({
    find: async (kind: IdentifierKind, blindIndex: Buffer) => {
      const [row] = await db.query<OwnerRow>({
        name: 'identifiers-find',
        text: `select account_id, attribute_id from identifiers where kind = $1 and blind_index = $2`,
        values: [kind, blindIndex],
      });
      return row === undefined
        ? null
        : { accountId: row.account_id, attributeId: row.attribute_id };
    },
    claim: async (row: IdentifierRow) => {
      const rows = await db.query({
        name: 'identifiers-claim',
        text: `insert into identifiers (kind, blind_index, account_id, attribute_id, verified_at)
               values ($1, $2, $3, $4, $5) on conflict do nothing returning kind`,
        values: [row.kind, row.blindIndex, row.accountId, row.attributeId, row.verifiedAt],
      });
      return rows.length > 0;
    },
    release: async ({ accountId, attributeId }) => {
      await db.query({
        name: 'identifiers-release',
        text: 'delete from identifiers where account_id = $1 and attribute_id = $2',
        values: [accountId, attributeId],
      });
    },
    list: async (accountId: string) => {
      const rows = await db.query<Pick<OwnerRow, 'attribute_id'> & { kind: IdentifierKind }>({
        name: 'identifiers-list',
        text: `select kind, attribute_id from identifiers
               where account_id = $1 and attribute_id is not null`,
        values: [accountId],
      });
      return rows.map((row) => ({ kind: row.kind, attributeId: row.attribute_id }));
    },
  } satisfies IdentifierStore);
}
