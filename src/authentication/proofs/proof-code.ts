import { sql } from '../../platform/postgres/sql.ts';

/** The use of a code; `attribute` confirms an address that was added to an account. */
export type CodePurpose = 'registration' | 'sign_in' | 'password_reset' | 'attribute';

/** An e-mail or phone number, as it was entered or normalized. */
export interface Address {
  readonly kind: 'email' | 'phone_number';
  readonly value: string;
}

/**
 * A row of `one_time_codes`: a code that proves an address, and the link in the same mail. Neither is stored in clear.
 */
export interface ProofCode {
  readonly id: string;
  readonly flowId: string;
  readonly accountId: string | null;
  readonly purpose: CodePurpose;
  readonly kind: Address['kind'];
  readonly addressIndex: Buffer;
  readonly sealedAddress: Buffer;
  readonly codeIndex: Buffer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** The account's generation of proofs when it was made. */
  readonly generation: number;
  /** The browser that requested it; null for programs. */
  readonly requester: Buffer | null;
  readonly usedAt: Date | null;
  readonly wrongGuesses: number;
}

/** The columns that a {@link ProofCode} is read from. */
export const PROOF_CODE_COLUMNS = sql`id, flow_id, account_id, purpose, kind, address_index, sealed_address, code_index,
  created_at, expires_at, proof_generation as generation, requester_fingerprint as requester, used_at, wrong_guesses`;
