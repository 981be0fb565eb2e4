import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';

/** The artifact that is used up. */
export interface UsedRow {
  /** Null: it is kept in Redis, and its use in `used_codes`. */
  readonly table: string | null;
  readonly fingerprint: Buffer;
}

/** A row of `refresh_tokens`. */
export interface IssuedRow {
  readonly fingerprint: Buffer;
  readonly grantId: string | null;
  readonly payload: string;
  readonly expiresAt: Date;
  readonly accountId: string | null;
  readonly clientId: string;
  readonly createdAt: Date;
}

/** A row of `refresh_answers`; its fingerprint is that of the used artifact. */
export interface AnswerRow {
  readonly request: Buffer;
  readonly sealedAnswer: Buffer;
  readonly expiresAt: Date;
}

interface RedemptionRows {
  readonly used: UsedRow;
  /** Of the used artifact. Nothing is written once the grant is revoked; copies in memory can be older. */
  readonly grantId: string;
  readonly issued: IssuedRow | null;
  readonly answer: AnswerRow | null;
  readonly now: Date;
}

/** `db` is the pool or a transaction. */
export function createRedemptionStore(db: Database) {
  return {
    /** Writes everything or nothing, in one statement. @returns false when the artifact had been used, or the grant revoked, before. */
    async redeem({ used, grantId, issued, answer, now }: RedemptionRows): Promise<boolean> {
      const won = await db.query(sql`with used as (${markUsed(used, isLive(grantId, now), now)})
        ${issued === null ? NOTHING : insertIssued(issued)}
        ${answer === null ? NOTHING : insertAnswer(used, answer)}
        select 1 from used`);
      return won.length === 1;
    },

    /** Counts a repetition, at most `mostRepeats`. @returns the sealed answer; null when there is none for this request. */
    async repeatAnswer(input: {
      readonly fingerprint: Buffer;
      readonly grantId: string;
      readonly request: Buffer;
      readonly now: Date;
      readonly mostRepeats: number;
    }): Promise<Buffer | null> {
      const [row] = await db.query<{ sealedAnswer: Buffer }>(sql`
        update refresh_answers set repeats = repeats + 1
        where fingerprint = ${input.fingerprint} and request_fingerprint = ${input.request}
          and expires_at > ${input.now} and repeats < ${input.mostRepeats}
          and ${isLive(input.grantId, input.now)}
        returning sealed_answer`);
      return row?.sealedAnswer ?? null;
    },

    /** The grant of a stored refresh token in any state; null when there is none. */
    async findGrantId(fingerprint: Buffer): Promise<string | null> {
      const [row] = await db.query<{ grantId: string | null }>(
        sql`select grant_id from refresh_tokens where fingerprint = ${fingerprint}`,
      );
      return row?.grantId ?? null;
    },

    /** Moves the end of an unused refresh token, never to an earlier time. */
    async extend(fingerprint: Buffer, expiresAt: Date): Promise<void> {
      await db.query(sql`update refresh_tokens set expires_at = ${expiresAt}
        where fingerprint = ${fingerprint} and consumed_at is null and expires_at < ${expiresAt}`);
    },
  };
}

const NOTHING = sql``;

function isLive(grantId: string, now: Date): SqlStatement {
  return sql`exists (
    select 1 from grants where id = ${grantId} and revoked_at is null and expires_at > ${now})`;
}

function markUsed(
  { table, fingerprint }: UsedRow,
  condition: SqlStatement,
  now: Date,
): SqlStatement {
  if (table === null) {
    return sql`insert into used_codes (fingerprint, used_at)
      select ${fingerprint}::bytea, ${now}::timestamptz where ${condition}
      on conflict (fingerprint) do nothing returning 1`;
  }
  return sql`update ${sql.identifier(table)} set consumed_at = ${now}
    where fingerprint = ${fingerprint} and consumed_at is null and expires_at > ${now} and ${condition}
    returning 1`;
}

function insertIssued(row: IssuedRow): SqlStatement {
  return sql`, issued as (
    insert into refresh_tokens
      (fingerprint, grant_id, payload, expires_at, account_id, client_id, created_at)
    select ${row.fingerprint}::bytea, ${row.grantId}::text, ${row.payload}::json,
      ${row.expiresAt}::timestamptz, ${row.accountId}::uuid, ${row.clientId}::text,
      ${row.createdAt}::timestamptz
    from used)`;
}

function insertAnswer({ fingerprint }: UsedRow, row: AnswerRow): SqlStatement {
  return sql`, answered as (
    insert into refresh_answers (fingerprint, request_fingerprint, sealed_answer, expires_at)
    select ${fingerprint}::bytea, ${row.request}::bytea, ${row.sealedAnswer}::bytea,
      ${row.expiresAt}::timestamptz
    from used)`;
}
