import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

/** The authenticator app of an account. */
export interface TotpCredential {
  readonly sealedSecret: Buffer;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

interface NewCredential {
  readonly accountId: string;
  readonly sealedSecret: Buffer;
  readonly createdAt: Date;
  /** The step of the code that confirmed it. */
  readonly lastStep: number;
}

interface StepUse {
  readonly accountId: string;
  readonly step: number;
  readonly usedAt: Date;
}

/** The context that a secret is sealed for. */
export function totpContext(accountId: string): string {
  return `totp:${accountId}`;
}

/** Rows of `totp_credentials`. */
export function createTotpStore(db: Database) {
  return {
    async find(accountId: string): Promise<TotpCredential | null> {
      const [row] =
        await db.query<TotpCredential>(sql`select sealed_secret, created_at, last_used_at
        from totp_credentials where account_id = ${accountId}`);
      return row ?? null;
    },

    /** @returns false when the account has one already. */
    async insert(credential: NewCredential): Promise<boolean> {
      const rows = await db.query(sql`insert into totp_credentials ${sql.values({ ...credential })}
        on conflict (account_id) do nothing returning account_id`);
      return rows.length > 0;
    },

    /** Uses a step up. @returns false when it, or a later one, was used before. */
    async useStep({ accountId, step, usedAt }: StepUse): Promise<boolean> {
      const rows =
        await db.query(sql`update totp_credentials set last_step = ${step}, last_used_at = ${usedAt}
        where account_id = ${accountId} and last_step < ${step} returning account_id`);
      return rows.length > 0;
    },

    /** @returns false when there was none. */
    async remove(accountId: string): Promise<boolean> {
      const rows = await db.query(
        sql`delete from totp_credentials where account_id = ${accountId} returning account_id`,
      );
      return rows.length > 0;
    },
  };
}
