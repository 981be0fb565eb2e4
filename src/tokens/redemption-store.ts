import type { Database } from '../platform/postgres/postgres.ts';

/** The artifact that is used up: a row of its table, or a row in `used_codes` for one that is kept in Redis. */
export interface SpentRow {
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

export interface RedemptionRows {
  readonly spent: SpentRow;
  readonly issued: IssuedRow | null;
  readonly answer: AnswerRow | null;
  readonly now: Date;
}

/** `db` is the pool or a transaction. */
export interface RedemptionStore {
  /** One statement: everything or nothing. @returns false when it had been used up before. */
  redeem(rows: RedemptionRows): Promise<boolean>;
  /** Counts a repetition, at most `mostRepeats`. @returns the sealed answer; null when there is none for this request. */
  repeatAnswer(input: {
    readonly fingerprint: Buffer;
    readonly request: Buffer;
    readonly now: Date;
    readonly mostRepeats: number;
  }): Promise<Buffer | null>;
  /** The grant of a stored refresh token in any state; null when there is none. */
  findGrantId(fingerprint: Buffer): Promise<string | null>;
  /** Moves the end of an unused refresh token, never to an earlier time. */
  extend(fingerprint: Buffer, expiresAt: Date): Promise<void>;
}

const ISSUED = `
  insert into refresh_tokens
    (fingerprint, grant_id, payload, expires_at, account_id, client_id, created_at)
  select $3::bytea, $4::text, $5::json, $6::timestamptz, $7::uuid, $8::text, $9::timestamptz
  from spent`;

const answerAfter = (count: number): string => `
  insert into refresh_answers (fingerprint, request_fingerprint, sealed_answer, expires_at)
  select $1::bytea, $${String(count + 1)}::bytea, $${String(count + 2)}::bytea,
    $${String(count + 3)}::timestamptz
  from spent`;

export function createRedemptionStore(db: Database): RedemptionStore {
  return Object.freeze({
    redeem: async (rows: RedemptionRows) => {
      const won = await db.query(redeemStatement(rows));
      return won.length === 1;
    },
    repeatAnswer: async ({ fingerprint, request, now, mostRepeats }) => {
      const [row] = await db.query<{ sealed_answer: Buffer }>({
        name: 'refresh_answers-repeat',
        text: `update refresh_answers set repeats = repeats + 1
               where fingerprint = $1 and request_fingerprint = $2 and expires_at > $3 and repeats < $4
               returning sealed_answer`,
        values: [fingerprint, request, now, mostRepeats],
      });
      return row?.sealed_answer ?? null;
    },
    findGrantId: async (fingerprint: Buffer) => {
      const [row] = await db.query<{ grant_id: string | null }>({
        name: 'refresh_tokens-find-grant',
        text: 'select grant_id from refresh_tokens where fingerprint = $1',
        values: [fingerprint],
      });
      return row?.grant_id ?? null;
    },
    extend: async (fingerprint: Buffer, expiresAt: Date) => {
      await db.query({
        name: 'refresh_tokens-extend',
        text: `update refresh_tokens set expires_at = $2
               where fingerprint = $1 and consumed_at is null and expires_at < $2`,
        values: [fingerprint, expiresAt],
      });
    },
  } satisfies RedemptionStore);
}

function redeemStatement({ spent, issued, answer, now }: RedemptionRows) {
  const values: unknown[] = [spent.fingerprint, now];
  const parts = [`spent as (${spendText(spent.table)})`];
  const name = ['redeem', spent.table ?? 'used_codes'];
  if (issued !== null) {
    parts.push(`issued as (${ISSUED})`);
    values.push(issued.fingerprint, issued.grantId, issued.payload, issued.expiresAt);
    values.push(issued.accountId, issued.clientId, issued.createdAt);
    name.push('issue');
  }
  if (answer !== null) {
    parts.push(`answered as (${answerAfter(values.length)})`);
    values.push(answer.request, answer.sealedAnswer, answer.expiresAt);
    name.push('answer');
  }
  return { name: name.join('-'), text: `with ${parts.join(', ')} select 1 from spent`, values };
}

function spendText(table: string | null): string {
  if (table === null) {
    return `insert into used_codes (fingerprint, used_at) values ($1, $2)
            on conflict (fingerprint) do nothing returning 1`;
  }
  return `update ${table} set consumed_at = $2
          where fingerprint = $1 and consumed_at is null and expires_at > $2 returning 1`;
}
