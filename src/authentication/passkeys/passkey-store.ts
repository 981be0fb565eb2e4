import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

/** The authenticator's name for the owner of passkeys, and the owner's choice about a second step. */
export interface PasskeyOwner {
  readonly accountId: string;
  readonly userHandle: Buffer;
  /** A password or a code needs a second step, although there may be no authenticator app. */
  readonly requiresSecondStep: boolean;
}

/** One passkey as it is stored. */
export interface StoredPasskey {
  readonly id: string;
  readonly accountId: string;
  readonly credentialId: Buffer;
  /** COSE key. */
  readonly publicKey: Buffer;
  readonly signCount: number;
  readonly transports: readonly string[];
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
  readonly aaguid: string;
  readonly sealedName: Buffer | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** Since when it is refused, because a copy of it may exist. */
  readonly blockedAt: Date | null;
}

interface PasskeyRow extends Omit<StoredPasskey, 'signCount'> {
  /** `bigint` arrives as text. */
  readonly signCount: string;
}

interface PasskeyRef {
  readonly accountId: string;
  readonly id: string;
}

interface PasskeyUse extends Pick<StoredPasskey, 'id' | 'signCount' | 'isBackedUp'> {
  readonly usedAt: Date;
}

const COLUMNS = sql`id, account_id, credential_id, public_key, sign_count, transports, is_backup_eligible,
  is_backed_up, aaguid, sealed_name, created_at, last_used_at, blocked_at`;

/** Rows of `passkeys` and `passkey_owners`. */
export function createPasskeyStore(db: Database) {
  const toPasskey = (row: PasskeyRow): StoredPasskey => ({
    ...row,
    signCount: Number(row.signCount),
  });
  return {
    /** The owner; made with this handle when there is none. */
    async ensureOwner(accountId: string, userHandle: Buffer): Promise<PasskeyOwner> {
      await db.execute(sql`insert into passkey_owners (account_id, user_handle)
        values (${accountId}, ${userHandle}) on conflict (account_id) do nothing`);
      const owner = await createPasskeyStore(db).findOwner(accountId);
      if (owner === null) throw new Error('the owner of a passkey has disappeared');
      return owner;
    },

    async findOwner(accountId: string): Promise<PasskeyOwner | null> {
      const [row] =
        await db.query<PasskeyOwner>(sql`select account_id, user_handle, requires_second_step
        from passkey_owners where account_id = ${accountId}`);
      return row ?? null;
    },

    async setRequirement({
      accountId,
      requiresSecondStep,
    }: Pick<PasskeyOwner, 'accountId' | 'requiresSecondStep'>): Promise<void> {
      await db.execute(sql`update passkey_owners set requires_second_step = ${requiresSecondStep}
        where account_id = ${accountId}`);
    },

    /** Oldest first. */
    async list(accountId: string): Promise<readonly StoredPasskey[]> {
      const rows = await db.query<PasskeyRow>(sql`select ${COLUMNS} from passkeys
        where account_id = ${accountId} order by created_at, id`);
      return rows.map(toPasskey);
    },

    async findByCredential(credentialId: Buffer): Promise<StoredPasskey | null> {
      const [row] = await db.query<PasskeyRow>(
        sql`select ${COLUMNS} from passkeys where credential_id = ${credentialId}`,
      );
      return row === undefined ? null : toPasskey(row);
    },

    /** The row as it is now; until `tx` ends no other use of it is recorded. */
    async lock(id: string): Promise<StoredPasskey | null> {
      const [row] = await db.query<PasskeyRow>(
        sql`select ${COLUMNS} from passkeys where id = ${id} for no key update`,
      );
      return row === undefined ? null : toPasskey(row);
    },

    /** @returns false when the credential is registered already, for any account. */
    async insert(passkey: StoredPasskey): Promise<boolean> {
      const rows = await db.query(sql`insert into passkeys ${sql.values({ ...passkey })}
        on conflict (credential_id) do nothing returning id`);
      return rows.length > 0;
    },

    async recordUse({ id, signCount, isBackedUp, usedAt }: PasskeyUse): Promise<void> {
      await db.execute(sql`update passkeys set sign_count = ${signCount}, is_backed_up = ${isBackedUp},
        last_used_at = ${usedAt} where id = ${id}`);
    },

    async block(id: string, at: Date): Promise<void> {
      await db.execute(sql`update passkeys set blocked_at = ${at} where id = ${id}`);
    },

    /** @returns false when the account has no such passkey. */
    async rename({ accountId, id }: PasskeyRef, sealedName: Buffer): Promise<boolean> {
      const rows = await db.query(sql`update passkeys set sealed_name = ${sealedName}
        where id = ${id} and account_id = ${accountId} returning id`);
      return rows.length > 0;
    },

    /** Removes those that were added at that time or later. @returns how many. */
    async removeSince(accountId: string, since: Date): Promise<number> {
      const rows = await db.query(sql`delete from passkeys
        where account_id = ${accountId} and created_at >= ${since} returning id`);
      return rows.length;
    },

    /** @returns false when the account has no such passkey. */
    async remove({ accountId, id }: PasskeyRef): Promise<boolean> {
      const rows = await db.query(
        sql`delete from passkeys where id = ${id} and account_id = ${accountId} returning id`,
      );
      return rows.length > 0;
    },
  };
}
