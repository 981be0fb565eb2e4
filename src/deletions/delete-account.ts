import type { AccountDeletion } from '../accounts/index.ts';
import { AppError } from '../platform/app-error.ts';
import { provenEmails } from '../vault/index.ts';
import { dayIn } from './deletion-mails.ts';
import type { DeletionsContext } from './context.ts';
import { PURGE_JOB } from './purge-accounts.ts';

const DAY_MS = 86_400_000;

/** The time at which an account that is deleted now will be purged. */
export function purgeDate({ clock, retentionDays }: DeletionsContext): Date {
  return new Date(clock.now().getTime() + retentionDays * DAY_MS);
}

/**
 * Deletes an account: it is unusable everywhere when this returns. Its proven addresses receive a notice with the time until
 * which it can be restored. Without a retention time the purge begins at once.
 * @throws AppError `account_not_found`, `account_deleted`, `last_administrator`, `own_account` for an administrator's
 *   own account.
 */
export async function deleteAccount(
  ctx: DeletionsContext,
  input: {
    readonly accountId: string;
    /** The administrator who deletes it; absent: the person. */
    readonly actorId?: string;
    /** Language of the mails when the account has none. */
    readonly locale: string;
  },
): Promise<AccountDeletion> {
  const { accountId, actorId } = input;
  if (actorId === accountId) throw new AppError('conflict', 'own_account');
  const account = await ctx.accounts.find(accountId);
  if (account === null) throw new AppError('not_found', 'account_not_found');
  const attributes = await ctx.vault.listAttributes(accountId);
  const addresses = provenEmails(attributes);
  const locale = account.locale ?? input.locale;
  const purgeAt = purgeDate(ctx);
  return ctx.db.transaction(async (tx) => {
    const deletion = await ctx.accounts.markDeleted(tx, {
      accountId,
      purgeAt,
      ...(actorId !== undefined && { actorId }),
    });
    if (ctx.retentionDays === 0) {
      await ctx.jobs.enqueue(tx, { name: PURGE_JOB, data: {}, key: PURGE_JOB });
      return deletion;
    }
    const byPerson = deletion.by === 'person';
    const template = byPerson ? 'account-deleted' : 'account-deleted-by-administrator';
    const date = dayIn(locale, deletion.purgeAt, attributes);
    const values = { date, reference: deletion.reference };
    for (const to of addresses) await ctx.mailer.enqueue(tx, { to, template, locale, values });
    return deletion;
  });
}

/** Restores a deleted account for an administrator. @throws AppError `account_not_restorable`. */
export async function restoreAccount(
  { db, accounts }: DeletionsContext,
  input: { readonly accountId: string; readonly actorId: string },
): Promise<void> {
  await db.transaction((tx) => accounts.restore(tx, input));
}
