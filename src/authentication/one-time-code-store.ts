import type { Database } from '../platform/postgres.ts';

export type CodePurpose = 'registration' | 'sign_in' | 'password_reset' | 'attribute';

/** Where a code can be sent. */
export type AddressKind = 'email' | 'phone_number';

/** An e-mail or phone number, as it was typed or normalized. */
export interface Address {
  readonly kind: AddressKind;
  readonly value: string;
}

/** One code that was made; the code itself is not in it. */
export interface CodeRow {
  readonly id: string;
  readonly flowId: string;
  readonly accountId: string | null;
  readonly purpose: CodePurpose;
  readonly kind: AddressKind;
  readonly addressIndex: Buffer;
  readonly sealedAddress: Buffer;
  readonly codeIndex: Buffer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** The second form of a proof: what is in the link of the mail. */
export interface LinkColumns {
  readonly linkFingerprint: Buffer;
  readonly linkExpiresAt: Date;
}

export interface GuessedRow {
  readonly isRight: boolean;
  readonly wrongGuesses: number;
}

export interface WrongGuesses {
  readonly inWindow: number;
  readonly inDay: number;
}

/** Rows of `one_time_codes`. */
export interface OneTimeCodeStore {
  /** Until the transaction ends nobody else issues or guesses codes for this address. */
  lockAddress(addressIndex: Buffer): Promise<void>;
  lastIssuedAt(addressIndex: Buffer, purpose: CodePurpose): Promise<Date | null>;
  /** Ends the live codes and links of a flow. */
  killFlow(flowId: string, at: Date): Promise<void>;
  /** Ends the live codes by which an account could get another password. */
  killResets(accountId: string, at: Date): Promise<void>;
  insert(row: CodeRow & (LinkColumns | Record<keyof LinkColumns, null>)): Promise<void>;
  /** The newest code of a flow, live or not. */
  findNewest(flowId: string, purpose: CodePurpose): Promise<CodeRow | null>;
  /** Counts one guess; of several right ones at once exactly one is. Null when the code is dead. */
  guess(input: {
    id: string;
    codeIndex: Buffer;
    at: Date;
    most: number;
  }): Promise<GuessedRow | null>;
  /** Wrong guesses for an address, and for the account it belongs to. */
  countWrong(input: CountWrongInput): Promise<WrongGuesses>;
  deleteCreatedBefore(before: Date): Promise<number>;
}

export interface CountWrongInput {
  readonly addressIndex: Buffer;
  readonly accountId: string | null;
  readonly windowStart: Date;
  readonly dayStart: Date;
}

/** A row of `one_time_codes` as it is read. */
export interface RawCodeRow {
  readonly id: string;
  readonly flow_id: string;
  readonly account_id: string | null;
  readonly purpose: CodePurpose;
  readonly kind: AddressKind;
  readonly address_index: Buffer;
  readonly sealed_address: Buffer;
  readonly code_index: Buffer;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** What a {@link CodeRow} is read from. */
export const CODE_COLUMNS = `id, flow_id, account_id, purpose, kind, address_index, sealed_address, code_index,
  created_at, expires_at`;

export function createOneTimeCodeStore(db: Database): OneTimeCodeStore {
  return Object.freeze({
    ...issuing(db),
    ...guessing(db),

    deleteCreatedBefore: async (before: Date) => {
      const rows = await db.query({
        name: 'one-time-codes-delete-created-before',
        text: 'delete from one_time_codes where created_at < $1 returning id',
        values: [before],
      });
      return rows.length;
    },
  });
}

type Issuing = Pick<
  OneTimeCodeStore,
  'lockAddress' | 'lastIssuedAt' | 'killFlow' | 'killResets' | 'insert'
>;

function issuing(db: Database): Issuing {
  return {
    lockAddress: async (addressIndex) => {
      await db.query({
        name: 'one-time-codes-lock-address',
        text: 'select pg_advisory_xact_lock($1::bigint)',
        values: [addressIndex.readBigInt64BE(0).toString()],
      });
    },

    lastIssuedAt: async (addressIndex, purpose) => {
      const [row] = await db.query<{ issued_at: Date | null }>({
        name: 'one-time-codes-last-issued-at',
        text: `select max(created_at) as issued_at from one_time_codes
               where address_index = $1 and purpose = $2`,
        values: [addressIndex, purpose],
      });
      return row?.issued_at ?? null;
    },

    killFlow: async (flowId, at) => {
      await db.query({
        name: 'one-time-codes-kill-flow',
        // least() passes over nulls: a code without a link must not get an end of one.
        text: `update one_time_codes set expires_at = least(expires_at, $2),
                 link_expires_at = case when link_expires_at > $2 then $2 else link_expires_at end
               where flow_id = $1 and used_at is null
                 and (expires_at > $2 or link_expires_at > $2)`,
        values: [flowId, at],
      });
    },

    killResets: async (accountId, at) => {
      await db.query({
        name: 'one-time-codes-kill-resets',
        text: `update one_time_codes set expires_at = $2
               where account_id = $1 and purpose = 'password_reset' and used_at is null and expires_at > $2`,
        values: [accountId, at],
      });
    },

    insert: async (row) => {
      await db.query({
        name: 'one-time-codes-insert',
        text: `insert into one_time_codes
                 (id, flow_id, account_id, purpose, kind, address_index, sealed_address, code_index,
                  created_at, expires_at, link_fingerprint, link_expires_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        values: [
          row.id,
          row.flowId,
          row.accountId,
          row.purpose,
          row.kind,
          row.addressIndex,
          row.sealedAddress,
          row.codeIndex,
          row.createdAt,
          row.expiresAt,
          row.linkFingerprint,
          row.linkExpiresAt,
        ],
      });
    },
  };
}

type Guessing = Pick<OneTimeCodeStore, 'findNewest' | 'guess' | 'countWrong'>;

function guessing(db: Database): Guessing {
  return {
    findNewest: async (flowId, purpose) => {
      const [row] = await db.query<RawCodeRow>({
        name: 'one-time-codes-find-newest',
        text: `select ${CODE_COLUMNS}
               from one_time_codes where flow_id = $1 and purpose = $2
               order by created_at desc limit 1`,
        values: [flowId, purpose],
      });
      return row === undefined ? null : codeRow(row);
    },

    guess: async ({ id, codeIndex, at, most }) => {
      // One statement: the row's lock makes simultaneous guesses count one after the other.
      const [row] = await db.query<{ is_right: boolean; wrong_guesses: number }>({
        name: 'one-time-codes-guess',
        text: `update one_time_codes set
                 wrong_guesses = wrong_guesses + case when code_index = $2 then 0 else 1 end,
                 used_at = case when code_index = $2 then $3::timestamptz end
               where id = $1 and used_at is null and expires_at > $3 and wrong_guesses < $4
               returning used_at is not null as is_right, wrong_guesses`,
        values: [id, codeIndex, at, most],
      });
      return row === undefined ? null : { isRight: row.is_right, wrongGuesses: row.wrong_guesses };
    },

    countWrong: async ({ addressIndex, accountId, windowStart, dayStart }) => {
      const [row] = await db.query<{ in_window: number; in_day: number }>({
        name: 'one-time-codes-count-wrong',
        text: `select coalesce(sum(wrong_guesses) filter (where created_at > $3), 0)::int as in_window,
                 coalesce(sum(wrong_guesses), 0)::int as in_day
               from one_time_codes
               where (address_index = $1 or account_id = $2) and created_at > $4`,
        values: [addressIndex, accountId, windowStart, dayStart],
      });
      return { inWindow: row?.in_window ?? 0, inDay: row?.in_day ?? 0 };
    },
  };
}

/** A code as it was stored. */
export function codeRow(row: RawCodeRow): CodeRow {
  return {
    id: row.id,
    flowId: row.flow_id,
    accountId: row.account_id,
    purpose: row.purpose,
    kind: row.kind,
    addressIndex: row.address_index,
    sealedAddress: row.sealed_address,
    codeIndex: row.code_index,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
