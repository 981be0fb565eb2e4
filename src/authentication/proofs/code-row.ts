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
  /** The account's generation of proofs when it was made. */
  readonly generation: number;
  /** The browser that requested it; null for programs. */
  readonly requester: Buffer | null;
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
  readonly proof_generation: number;
  readonly requester_fingerprint: Buffer | null;
}

/** The columns that a {@link CodeRow} is read from. */
export const CODE_COLUMNS = `id, flow_id, account_id, purpose, kind, address_index, sealed_address, code_index,
  created_at, expires_at, proof_generation, requester_fingerprint`;

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
    generation: row.proof_generation,
    requester: row.requester_fingerprint,
  };
}
