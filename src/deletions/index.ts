/** deletions: from "delete my account" to the signed receipt that nothing of it is left. */
import type { AccountDeletion } from '../accounts/index.ts';
import { deleteAccount, type DeleteAccountInput } from './delete-account.ts';
import type { DeletionsDeps } from './deletions-deps.ts';
import { describeDeletion, type DeletionPreview } from './describe-deletion.ts';
import { purgeDeletedAccounts } from './purge-accounts.ts';
import { removePurgedAgain } from './remove-purged-again.ts';
import { verifyReceipt, type ReceiptVerdict } from './verify-receipt.ts';

export type { DeleteAccountInput } from './delete-account.ts';
export type { DeletionsDeps } from './deletions-deps.ts';
export type { DeletionPreview } from './describe-deletion.ts';
export type { DeletionReceipt } from './receipt.ts';
export type { ReceiptVerdict } from './verify-receipt.ts';

/** Use cases of this slice. */
export interface Deletions {
  /** See {@link describeDeletion}. */
  describe(accountId: string): Promise<DeletionPreview>;
  /** See {@link deleteAccount}. */
  delete(input: DeleteAccountInput): Promise<AccountDeletion>;
  /** An administrator takes a deletion back. @throws AppError `account_not_restorable`. */
  restore(input: { accountId: string; actorId: string }): Promise<void>;
  /** See {@link purgeDeletedAccounts}. */
  purgeDue(signal?: AbortSignal): Promise<number>;
  /** See {@link removePurgedAgain}. */
  removePurgedAgain(): Promise<number>;
  /** See {@link verifyReceipt}. */
  verifyReceipt(jws: string): Promise<ReceiptVerdict>;
}

/** Connects the use cases. */
export function createDeletions(deps: DeletionsDeps): Deletions {
  return Object.freeze({
    describe: (accountId: string) => describeDeletion(deps, accountId),
    delete: (input: DeleteAccountInput) => deleteAccount(deps, input),
    restore: (input: { accountId: string; actorId: string }) =>
      deps.db.transaction((tx) => deps.accounts.restore(tx, input)),
    purgeDue: (signal?: AbortSignal) => purgeDeletedAccounts(deps, signal),
    removePurgedAgain: () => removePurgedAgain(deps),
    verifyReceipt: (jws: string) => verifyReceipt(deps, jws),
  });
}
