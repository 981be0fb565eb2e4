import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { type CodePurpose, PROOF_CODE_COLUMNS, type ProofCode } from './proof-code.ts';

/** A new code. The generation comes from the account as it is then. */
interface NewCode extends Omit<ProofCode, 'generation' | 'usedAt' | 'wrongGuesses'> {
  readonly isRequesterTrusted: boolean;
  /** The second form of the proof; null: there is no link. */
  readonly link: { readonly fingerprint: Buffer; readonly expiresAt: Date } | null;
}

interface Attempt {
  readonly id: string;
  readonly codeIndex: Buffer;
  readonly at: Date;
  /** A code with this many wrong attempts is no longer valid. */
  readonly most: number;
  readonly isTrusted: boolean;
}

/** Wrong attempts at codes for an address within the window and the day, and within the day at those of its account. */
export interface WrongAttempts {
  readonly inWindow: number;
  readonly inDay: number;
  readonly forAccountInDay: number;
}

interface CountedWindow {
  readonly addressIndex: Buffer;
  readonly accountId: string | null;
  readonly windowStart: Date;
  readonly dayStart: Date;
}

/** Codes in `one_time_codes`. */
export function createCodeStore(db: Database) {
  return {
    /** Until the transaction ends no other request issues or checks codes for this address. */
    async lockAddress(addressIndex: Buffer): Promise<void> {
      const key = addressIndex.readBigInt64BE(0).toString();
      await db.execute(sql`select pg_advisory_xact_lock(${key}::bigint)`);
    },

    /** `trusted`: among the codes that this trusted browser requested; null: among those of all other browsers. */
    async lastIssuedAt(issued: {
      readonly addressIndex: Buffer;
      readonly purpose: CodePurpose;
      readonly trusted: Buffer | null;
    }): Promise<Date | null> {
      const { addressIndex, purpose, trusted } = issued;
      const [row] = await db.query<{ issuedAt: Date | null }>(sql`
        select max(created_at) as issued_at from one_time_codes
        where address_index = ${addressIndex} and purpose = ${purpose}
          and case when ${trusted}::bytea is null then not is_requester_trusted
            else is_requester_trusted and requester_fingerprint = ${trusted} end`);
      return row?.issuedAt ?? null;
    },

    /** Invalidates the codes and links of a flow. */
    async endFlow(flowId: string, at: Date): Promise<void> {
      // least() ignores nulls, so a code without a link would get an expiry of a link.
      await db.execute(sql`update one_time_codes set expires_at = least(expires_at, ${at}),
          link_expires_at = case when link_expires_at > ${at} then ${at} else link_expires_at end
        where flow_id = ${flowId} and used_at is null and (expires_at > ${at} or link_expires_at > ${at})`);
    },

    /** Invalidates the codes with which the password of an account could be replaced. */
    async endResets(accountId: string, at: Date): Promise<void> {
      await db.execute(sql`update one_time_codes set expires_at = ${at}
        where account_id = ${accountId} and purpose = 'password_reset' and used_at is null and expires_at > ${at}`);
    },

    async insert({ link, ...code }: NewCode): Promise<void> {
      const { id, flowId, accountId, purpose, kind, addressIndex, sealedAddress, codeIndex } = code;
      await db.execute(sql`insert into one_time_codes (id, flow_id, account_id, purpose, kind, address_index,
          sealed_address, code_index, created_at, expires_at, link_fingerprint, link_expires_at, requester_fingerprint,
          is_requester_trusted, proof_generation)
        values (${id}, ${flowId}, ${accountId}, ${purpose}, ${kind}, ${addressIndex}, ${sealedAddress}, ${codeIndex},
          ${code.createdAt}, ${code.expiresAt}, ${link?.fingerprint ?? null}, ${link?.expiresAt ?? null},
          ${code.requester}, ${code.isRequesterTrusted},
          coalesce((select proof_generation from accounts where id = ${accountId}), 0))`);
    },

    /** The newest code of a flow, valid or not. */
    async findNewest(flowId: string, purpose: CodePurpose): Promise<ProofCode | null> {
      const [row] = await db.query<ProofCode>(sql`select ${PROOF_CODE_COLUMNS}
        from one_time_codes where flow_id = ${flowId} and purpose = ${purpose}
        order by created_at desc limit 1`);
      return row ?? null;
    },

    /** The newest code of a registration, a sign-in or a password reset, valid or not. */
    async findRequested(flowId: string): Promise<ProofCode | null> {
      const [row] = await db.query<ProofCode>(sql`select ${PROOF_CODE_COLUMNS}
        from one_time_codes where flow_id = ${flowId} and purpose <> 'attribute'
        order by created_at desc limit 1`);
      return row ?? null;
    },

    /** Counts one attempt. Of concurrent right attempts exactly one is accepted. Null when the code is not valid. */
    async attempt({ id, codeIndex, at, most, isTrusted }: Attempt) {
      // One statement: the row's lock makes simultaneous attempts count one after the other.
      const [row] = await db.query<{ isRight: boolean; wrongAttempts: number }>(sql`
        update one_time_codes set
          wrong_guesses = wrong_guesses + case when code_index = ${codeIndex} then 0 else 1 end,
          untrusted_guesses = untrusted_guesses + case when code_index = ${codeIndex} or ${isTrusted} then 0 else 1 end,
          used_at = case when code_index = ${codeIndex} then ${at}::timestamptz end
        where id = ${id} and used_at is null and expires_at > ${at} and wrong_guesses < ${most}
        returning used_at is not null as is_right, wrong_guesses as wrong_attempts`);
      return row ?? null;
    },

    /** Wrong attempts from browsers that were not trusted: for an address, and over all addresses of an account. */
    async countWrong(counted: CountedWindow): Promise<WrongAttempts> {
      const { addressIndex, accountId, windowStart, dayStart } = counted;
      const [row] = await db.query<WrongAttempts>(sql`select
          coalesce(sum(untrusted_guesses)
            filter (where address_index = ${addressIndex} and created_at > ${windowStart}), 0)::int as in_window,
          coalesce(sum(untrusted_guesses) filter (where address_index = ${addressIndex}), 0)::int as in_day,
          coalesce(sum(untrusted_guesses) filter (where account_id = ${accountId}), 0)::int as for_account_in_day
        from one_time_codes
        where (address_index = ${addressIndex} or account_id = ${accountId}) and created_at > ${dayStart}`);
      return row ?? { inWindow: 0, inDay: 0, forAccountInDay: 0 };
    },

    async deleteCreatedBefore(before: Date): Promise<number> {
      const rows = await db.query(
        sql`delete from one_time_codes where created_at < ${before} returning id`,
      );
      return rows.length;
    },
  };
}
