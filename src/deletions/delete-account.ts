import type { Account, AccountDeletion } from '../accounts/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { dayIn, provenEmails } from './deletion-mails.ts';
import type { DeletionsDeps } from './deletions-deps.ts';
import { PURGE_JOB } from './purge-accounts.ts';

export interface DeleteAccountInput {
  readonly accountId: string;
  /** The administrator who does it; absent: the person. */
  readonly actorId?: string;
  /** Language of the mails when the account has none. */
  readonly locale: string;
}

const DAY_MS = 86_400_000;

/** When an account that is deleted now is purged. */
export function purgeDate({ clock, retentionDays }: DeletionsDeps): Date {
  return new Date(clock.now().getTime() + retentionDays * DAY_MS);
}

/**
 * Deletes an account: it is unusable when this returns, everywhere, and its proven addresses get a notice with the time until which it can be
 * restored. Without a retention time the purge begins at once.
 * @throws AppError `account_not_found`, `account_deleted`, `last_administrator`, `own_account` for an administrator's
 * own account.
 */
export async function deleteAccount(
  deps: DeletionsDeps,
  { accountId, actorId, locale }: DeleteAccountInput,
): Promise<AccountDeletion> {
  if (actorId === accountId) throw new AppError('conflict', 'own_account');
  const account = await deps.accounts.find(accountId);
  if (account === null) throw new AppError('not_found', 'account_not_found');
  const addresses = await provenEmails(deps, accountId);
  const purgeAt = purgeDate(deps);
  return deps.db.transaction(async (tx) => {
    const deletion = await deps.accounts.markDeleted(tx, {
      accountId,
      purgeAt,
      ...(actorId !== undefined && { actorId }),
    });
    if (deps.retentionDays === 0) {
      await deps.jobs.enqueue(tx, { name: PURGE_JOB, data: {}, key: PURGE_JOB });
    } else {
      await tell(deps, tx, { addresses, deletion, locale: localeOf(account, locale) });
    }
    return deletion;
  });
}

function localeOf(account: Account, fallback: string): string {
  return account.locale ?? fallback;
}

interface Notice {
  readonly addresses: readonly string[];
  readonly deletion: AccountDeletion;
  readonly locale: string;
}

async function tell(
  { mailer }: DeletionsDeps,
  tx: Database,
  { addresses, deletion, locale }: Notice,
): Promise<void> {
  const template =
    deletion.by === 'person' ? 'account-deleted' : 'account-deleted-by-administrator';
  for (const to of addresses) {
    await mailer.enqueue(tx, {
      to,
      template,
      locale,
      values: { date: dayIn(locale, deletion.purgeAt), reference: deletion.reference },
    });
  }
}
