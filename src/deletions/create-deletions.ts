import { bindUseCases } from '../platform/bind-use-cases.ts';
import type { DeletionsContext } from './context.ts';
import { deleteAccount, restoreAccount } from './delete-account.ts';
import { describeDeletion } from './describe-deletion.ts';
import { purgeDeletedAccounts } from './purge-accounts.ts';
import { removePurgedAgain } from './remove-purged-again.ts';
import { verifyReceipt } from './verify-receipt.ts';

/** Connects the use cases to their dependencies. */
export function createDeletions(ctx: DeletionsContext) {
  return bindUseCases(ctx, {
    describe: describeDeletion,
    delete: deleteAccount,
    restore: restoreAccount,
    purgeDue: purgeDeletedAccounts,
    removePurgedAgain,
    verifyReceipt,
  });
}

export type Deletions = ReturnType<typeof createDeletions>;
