import type { webcrypto } from 'node:crypto';

import type { Database } from '../postgres/postgres.ts';
import { sql } from '../postgres/sql.ts';

/** `next`: published, and signs later; `current`: signs; `retired`: published until the tokens that it signed have expired. */
export type SigningKeyStatus = 'next' | 'current' | 'retired';

/** The public part of a key, with the members by which verifiers find it. */
type SigningPublicJwk = webcrypto.JsonWebKey & {
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
};

export interface StoredSigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly status: SigningKeyStatus;
  /** Counts the keys of the algorithm from 1; the database gives it. */
  readonly version: number;
  readonly publicJwk: SigningPublicJwk;
  /** Empty once the key is retired: the private part is destroyed. */
  readonly sealedPrivateJwk: Buffer;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

const LOCK_KEY = 0x6b657973;

/** Rows of `signing_keys`. `db` is the pool or a transaction. */
export function createSigningKeyStore(db: Database) {
  return {
    /** Current keys first, then next, then retired: the library signs with the first that fits. */
    list(): Promise<StoredSigningKey[]> {
      return db.query(sql`select kid, alg, version, status, public_jwk, sealed_private_jwk, created_at, retired_at
        from signing_keys
        order by array_position(array['current', 'next', 'retired'], status), created_at desc`);
    },

    async insert(key: Omit<StoredSigningKey, 'version'>): Promise<void> {
      const row = { ...key, publicJwk: JSON.stringify(key.publicJwk) };
      await db.query(sql`insert into signing_keys ${sql.values(row)}`);
    },

    /** The key of this algorithm that signs only verifies from now on. */
    async retireCurrent(alg: string, at: Date) {
      await db.query(
        sql`update signing_keys set status = 'retired', retired_at = ${at}
          where alg = ${alg} and status = 'current'`,
      );
    },

    /** Destroys the private parts of retired keys. Keys that an older version made keep theirs for a day after the update. */
    async destroyRetiredPrivateParts(at: Date) {
      await db.query(sql`update signing_keys set sealed_private_jwk = ''
        where status = 'retired' and length(sealed_private_jwk) > 0
          and (private_part_until is null or private_part_until <= ${at})`);
    },

    /** The key signs from now on. Call it after `retireCurrent`. */
    async promote(kid: string) {
      await db.query(
        sql`update signing_keys set status = 'current' where kid = ${kid} and status = 'next'`,
      );
    },

    /** Destroys the key. */
    async remove(kid: string) {
      await db.query(sql`delete from signing_keys where kid = ${kid}`);
    },

    /**
     * Records that the first keys are created.
     * @returns false when this was recorded before, or the database is incomplete.
     */
    async noteFirst() {
      const rows = await db.query(
        sql`update installation set has_signing_keys = true where not has_signing_keys returning 1`,
      );
      return rows.length > 0;
    },

    /** Makes every other node wait until this transaction ends. */
    async lock() {
      await db.query(sql`select pg_advisory_xact_lock(${LOCK_KEY})`);
    },
  };
}

export type SigningKeyStore = ReturnType<typeof createSigningKeyStore>;

/** How long each key that signs has been signing or published, by the clock of the database. */
export function currentKeyAges(
  db: Database,
): Promise<readonly { readonly alg: string; readonly ageSeconds: number }[]> {
  return db.query(sql`select alg, extract(epoch from now() - max(created_at))::float8 as age_seconds
    from signing_keys where status = 'current' group by alg order by alg`);
}
