import { createHash } from 'node:crypto';

import type { AccountDeletion } from '../accounts/index.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { provenEmails } from '../vault/index.ts';
import { createAccountDataStore } from './account-data-store.ts';
import { dayIn } from './deletion-mails.ts';
import { createDeletionReceiptStore } from './deletion-receipt-store.ts';
import type { DeletionsContext } from './context.ts';
import { RECEIPT_TYP, type DeletionReceipt } from './deletion-receipt.ts';
import { epochSeconds } from '../platform/clock.ts';
import { FALLBACK_LOCALE } from '../platform/languages.ts';

/** Name of the job that purges. */
export const PURGE_JOB = 'purge-deleted-accounts';

const BATCH_ACCOUNTS = 100;
const BATCH_ROWS = 5_000;

/**
 * Destroys every deleted account whose retention time is over: its key, its rows, its files. Each account is destroyed in
 * steps that can be repeated; the last step is one transaction with the receipt. After a failure the next run finishes it.
 * @returns how many accounts were destroyed.
 * @throws Error when some could not be destroyed; the others are destroyed nevertheless.
 */
export async function purgeDeletedAccounts(
  ctx: DeletionsContext,
  signal?: AbortSignal,
): Promise<number> {
  // Without the key store no account is purged: a receipt must not be sent long before the key is destroyed.
  await ctx.vault.destroyLeaves(signal);
  const failures: unknown[] = [];
  let purged = 0;
  for (;;) {
    const due = await ctx.accounts.listDueForPurge(BATCH_ACCOUNTS);
    let isAnyGone = false;
    for (const accountId of due) {
      if (signal?.aborted === true) return purged;
      try {
        const isPurged = await purgeAccount(ctx, accountId);
        if (isPurged) purged += 1;
        isAnyGone ||= isPurged;
      } catch (error) {
        failures.push(error);
      }
    }
    if (due.length < BATCH_ACCOUNTS || !isAnyGone) break;
  }
  await ctx.vault.destroyLeaves();
  if (failures.length > 0) {
    throw new AggregateError(failures, `${String(failures.length)} accounts could not be purged`);
  }
  return purged;
}

/** @returns false when another node purges it, or it is not due. */
async function purgeAccount(ctx: DeletionsContext, accountId: string): Promise<boolean> {
  // The account can no longer be restored, so its parts can be removed in several steps.
  await ctx.vault.removeBlobs(accountId);
  await stopOwnedClients(ctx, accountId);
  await emptyLedger(ctx, accountId);
  const account = await ctx.accounts.find(accountId);
  const attributes = await ctx.vault.listAttributes(accountId);
  const addresses = provenEmails(attributes);
  return ctx.db.transaction(async (tx) => {
    const deletion = await ctx.accounts.holdForPurge(tx, accountId);
    if (deletion === null) return false;
    const receipt = await issueReceipt(ctx, tx, { accountId, deletion });
    // A concurrent release may have been written after the ledger was emptied.
    await ctx.ledger.signRemoval(tx, accountId);
    await createAccountDataStore(tx).removeRest(accountId);
    await ctx.vault.destroyKey(tx, accountId);
    await ctx.accounts.remove(tx, accountId);
    const locale = account?.locale ?? FALLBACK_LOCALE;
    const date = dayIn(locale, ctx.clock.now(), attributes);
    for (const to of addresses) {
      await ctx.mailer.enqueue(tx, {
        to,
        template: 'account-purged',
        locale,
        values: { reference: deletion.reference, receipt, date },
      });
    }
    return true;
  });
}

/** Suspends the apps of the account: an app without an owner must not read personal data. */
async function stopOwnedClients(ctx: DeletionsContext, accountId: string): Promise<void> {
  for (const { id, status } of await ctx.clients.listOwnedBy(accountId)) {
    if (status !== 'active') continue;
    const manager = { accountId, isAdministrator: true };
    await ctx.clients.setStatus({ clientId: id, manager, status: 'suspended' });
  }
}

/** Removes long tables in batches, after the ledger has signed that the server itself removes the rows. */
export async function emptyLedger(
  { db, ledger }: DeletionsContext,
  accountId: string,
): Promise<void> {
  await db.transaction((tx) => ledger.signRemoval(tx, accountId));
  const store = createAccountDataStore(db);
  while ((await store.removeBatch(accountId, BATCH_ROWS)) > 0);
}

async function issueReceipt(
  ctx: DeletionsContext,
  tx: Database,
  { accountId, deletion }: { readonly accountId: string; readonly deletion: AccountDeletion },
): Promise<string> {
  const purgedAt = ctx.clock.now();
  const key = await ctx.vault.describeKey(tx, accountId);
  const payload: DeletionReceipt = {
    iss: ctx.issuer,
    jti: deletion.reference,
    iat: epochSeconds(purgedAt),
    deleted_at: epochSeconds(deletion.deletedAt),
    deleted_by: deletion.by,
    destroyed: {
      ...(await createAccountDataStore(tx).count(accountId)),
      ledger: true,
      key:
        key === null
          ? null
          : {
              sha256: createHash('sha256').update(key.wrappedKey).digest('hex'),
              master_key_version: key.masterKeyVersion,
            },
    },
  };
  const receipt = await ctx.signer.sign(payload, { typ: RECEIPT_TYP });
  const { reference } = deletion;
  await createDeletionReceiptStore(tx).insert({ reference, receipt, purgedAt });
  return receipt;
}
