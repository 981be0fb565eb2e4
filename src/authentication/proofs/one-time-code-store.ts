import type { Database } from '../../platform/postgres/postgres.ts';
import {
  CODE_COLUMNS,
  codeRow,
  type CodePurpose,
  type CodeRow,
  type RawCodeRow,
} from './code-row.ts';

export type { Address, AddressKind, CodePurpose, CodeRow } from './code-row.ts';

/** A new code. The generation comes from the account as it is then. */
export type NewCodeRow = Omit<CodeRow, 'generation'> & {
  readonly isRequesterTrusted: boolean;
} & (LinkColumns | Record<keyof LinkColumns, null>);

/** The second form of a proof: the link in the mail. */
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
  readonly forAccountInDay: number;
}

/** Rows of `one_time_codes`. */
export interface OneTimeCodeStore {
  /** Until the transaction ends no other request issues or guesses codes for this address. */
  lockAddress(addressIndex: Buffer): Promise<void>;
  /** `trusted`: of those that this trusted browser requested; null: of those from all other browsers. */
  lastIssuedAt(issued: {
    readonly addressIndex: Buffer;
    readonly purpose: CodePurpose;
    readonly trusted: Buffer | null;
  }): Promise<Date | null>;
  /** Ends the live codes and links of a flow. */
  killFlow(flowId: string, at: Date): Promise<void>;
  /** Ends the live codes by which an account could get another password. */
  killResets(accountId: string, at: Date): Promise<void>;
  insert(row: NewCodeRow): Promise<void>;
  /** The newest code of a flow, live or not. */
  findNewest(flowId: string, purpose: CodePurpose): Promise<CodeRow | null>;
  /** Counts one guess; of several right ones at once exactly one is. Null when the code is dead. */
  guess(input: {
    id: string;
    codeIndex: Buffer;
    at: Date;
    most: number;
    isTrusted: boolean;
  }): Promise<GuessedRow | null>;
  /** Wrong guesses from browsers that were not trusted: for an address, and over all addresses of an account. */
  countWrong(input: CountWrongInput): Promise<WrongGuesses>;
  deleteCreatedBefore(before: Date): Promise<number>;
}

export interface CountWrongInput {
  readonly addressIndex: Buffer;
  readonly accountId: string | null;
  readonly windowStart: Date;
  readonly dayStart: Date;
}

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

    lastIssuedAt: async ({ addressIndex, purpose, trusted }) => {
      const [row] = await db.query<{ issued_at: Date | null }>({
        name: 'one-time-codes-last-issued-at',
        text: `select max(created_at) as issued_at from one_time_codes
               where address_index = $1 and purpose = $2
                 and case when $3::bytea is null then not is_requester_trusted
                   else is_requester_trusted and requester_fingerprint = $3 end`,
        values: [addressIndex, purpose, trusted],
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
                  created_at, expires_at, link_fingerprint, link_expires_at, requester_fingerprint,
                  is_requester_trusted, proof_generation)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                 coalesce((select proof_generation from accounts where id = $3), 0))`,
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
          row.requester,
          row.isRequesterTrusted,
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

    guess: async ({ id, codeIndex, at, most, isTrusted }) => {
      // One statement: the row's lock makes simultaneous guesses count one after the other.
      const [row] = await db.query<{ is_right: boolean; wrong_guesses: number }>({
        name: 'one-time-codes-guess',
        text: `update one_time_codes set
                 wrong_guesses = wrong_guesses + case when code_index = $2 then 0 else 1 end,
                 untrusted_guesses = untrusted_guesses + case when code_index = $2 or $5 then 0 else 1 end,
                 used_at = case when code_index = $2 then $3::timestamptz end
               where id = $1 and used_at is null and expires_at > $3 and wrong_guesses < $4
               returning used_at is not null as is_right, wrong_guesses`,
        values: [id, codeIndex, at, most, isTrusted],
      });
      return row === undefined ? null : { isRight: row.is_right, wrongGuesses: row.wrong_guesses };
    },

    countWrong: async ({ addressIndex, accountId, windowStart, dayStart }) => {
      const [row] = await db.query<{ in_window: number; in_day: number; for_account: number }>({
        name: 'one-time-codes-count-wrong',
        text: `select
                 coalesce(sum(untrusted_guesses)
                   filter (where address_index = $1 and created_at > $3), 0)::int as in_window,
                 coalesce(sum(untrusted_guesses) filter (where address_index = $1), 0)::int as in_day,
                 coalesce(sum(untrusted_guesses) filter (where account_id = $2), 0)::int as for_account
               from one_time_codes
               where (address_index = $1 or account_id = $2) and created_at > $4`,
        values: [addressIndex, accountId, windowStart, dayStart],
      });
      return {
        inWindow: row?.in_window ?? 0,
        inDay: row?.in_day ?? 0,
        forAccountInDay: row?.for_account ?? 0,
      };
    },
  };
}
