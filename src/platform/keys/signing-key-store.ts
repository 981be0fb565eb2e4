import type { Database } from '../postgres/postgres.ts';

export type SigningKeyStatus = 'next' | 'current' | 'retired';

export interface StoredSigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly status: SigningKeyStatus;
  readonly publicJwk: object;
  readonly sealedPrivateJwk: Buffer;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

export interface SigningKeyStore {
  /** Current keys first, then next, then retired: the library signs with the first that fits. */
  list(): Promise<StoredSigningKey[]>;
  insert(key: StoredSigningKey): Promise<void>;
  /** The key of this algorithm that signs only verifies from now on. */
  retireCurrent(alg: string, at: Date): Promise<void>;
  /** The key signs from now on; comes after `retireCurrent`. */
  promote(kid: string): Promise<void>;
  /** Destroys the key. */
  remove(kid: string): Promise<void>;
  /** Notes that the first keys are being made. @returns false when that was noted before, or the database is not whole. */
  noteFirst(): Promise<boolean>;
  /** Makes every other node wait until this transaction ends. */
  lock(): Promise<void>;
}

const LOCK_KEY = 0x6b657973;

interface Row {
  readonly kid: string;
  readonly alg: string;
  readonly status: SigningKeyStatus;
  readonly public_jwk: object;
  readonly sealed_private_jwk: Buffer;
  readonly created_at: Date;
  readonly retired_at: Date | null;
}

export function createSigningKeyStore(db: Database): SigningKeyStore {
  return Object.freeze({
    async list() {
      const rows = await db.query<Row>({
        name: 'signing-keys-list',
        text: `select kid, alg, status, public_jwk, sealed_private_jwk, created_at, retired_at from signing_keys
               order by array_position(array['current', 'next', 'retired'], status), created_at desc`,
      });
      return rows.map((row) => ({
        kid: row.kid,
        alg: row.alg,
        status: row.status,
        publicJwk: row.public_jwk,
        sealedPrivateJwk: row.sealed_private_jwk,
        createdAt: row.created_at,
        retiredAt: row.retired_at,
      }));
    },

    async insert(key: StoredSigningKey) {
      await db.query({
        name: 'signing-keys-insert',
        text: `insert into signing_keys (kid, alg, status, public_jwk, sealed_private_jwk, created_at)
               values ($1, $2, $3, $4, $5, $6)`,
        values: [
          key.kid,
          key.alg,
          key.status,
          JSON.stringify(key.publicJwk),
          key.sealedPrivateJwk,
          key.createdAt,
        ],
      });
    },

    async retireCurrent(alg: string, at: Date) {
      await db.query({
        name: 'signing-keys-retire-current',
        text: `update signing_keys set status = 'retired', retired_at = $2 where alg = $1 and status = 'current'`,
        values: [alg, at],
      });
    },

    async promote(kid: string) {
      await db.query({
        name: 'signing-keys-promote',
        text: `update signing_keys set status = 'current' where kid = $1 and status = 'next'`,
        values: [kid],
      });
    },

    async remove(kid: string) {
      await db.query({
        name: 'signing-keys-remove',
        text: 'delete from signing_keys where kid = $1',
        values: [kid],
      });
    },

    async noteFirst() {
      const rows = await db.query({
        name: 'signing-keys-note-first',
        text: `update installation set has_signing_keys = true where not has_signing_keys returning 1`,
      });
      return rows.length > 0;
    },

    async lock() {
      await db.query({
        name: 'signing-keys-lock',
        text: 'select pg_advisory_xact_lock($1)',
        values: [LOCK_KEY],
      });
    },
  });
}

/** How long each key that signs has been signing or published, by the clock of the database. */
export async function currentKeyAges(
  db: Database,
): Promise<readonly { readonly alg: string; readonly ageSeconds: number }[]> {
  const rows = await db.query<{ alg: string; age_seconds: number }>({
    name: 'signing-key-ages',
    text: `select alg, extract(epoch from now() - max(created_at))::float8 as age_seconds
           from signing_keys where status = 'current' group by alg order by alg`,
  });
  return rows.map(({ alg, age_seconds: ageSeconds }) => ({ alg, ageSeconds }));
}
