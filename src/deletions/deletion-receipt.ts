import type { AccountDeletion } from '../accounts/index.ts';
import type { DestroyedCounts } from './account-data-store.ts';

/** `typ` of the signed form (RFC 7515 §4.1.9, RFC 8725 §3.11). */
export const RECEIPT_TYP = 'account-deletion-receipt+jwt';

/** The signed statement that an account was destroyed. Only a holder of the reference can relate it to the account. */
export interface DeletionReceipt {
  readonly iss: string;
  /** The reference in the mail to the person. */
  readonly jti: string;
  /** Seconds since 1970: when it was destroyed. */
  readonly iat: number;
  /** Seconds since 1970: when it was deleted. */
  readonly deleted_at: number;
  readonly deleted_by: AccountDeletion['by'];
  readonly destroyed: DestroyedCounts & {
    /** Of the wrapped data key: SHA-256 and the version of the key that wrapped it. */
    readonly key: { readonly sha256: string; readonly master_key_version: number } | null;
    /** All rows; their number is not stated. */
    readonly ledger: true;
  };
}

/** Reads the payload of a verified signature; null when it lacks a member. */
export function parseReceipt(payload: Readonly<Record<string, unknown>>): DeletionReceipt | null {
  const { jti, iat, deleted_at: deletedAt, destroyed } = payload;
  const isWhole =
    typeof jti === 'string' &&
    typeof iat === 'number' &&
    typeof deletedAt === 'number' &&
    typeof destroyed === 'object' &&
    destroyed !== null;
  return isWhole ? (payload as unknown as DeletionReceipt) : null;
}
