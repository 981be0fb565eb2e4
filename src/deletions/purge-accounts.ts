import { createHash } from 'node:crypto';

import type { AccountDeletion } from '../accounts/index.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { createAccountDataStore } from './account-data-store.ts';
import { dayIn, provenEmails } from './deletion-mails.ts';
import { createDeletionReceiptStore } from './deletion-receipt-store.ts';
import type { DeletionsDeps } from './deletions-deps.ts';
import { RECEIPT_TYP, type DeletionReceipt } from './receipt.ts';

/** Name of the job that purges. */
export const PURGE_JOB = 'purge-deleted-accounts';

const BATCH_ACCOUNTS = 100;
const BATCH_ROWS = 5_000;

/**
 * Destroys every deleted account whose time is over: its key, its rows, its files. Each in steps that can be repeated, the last
 * of which is one transaction with the receipt: after a failure in between, the next run finishes it.
 * @returns how many were destroyed.
 * @throws Error when some could not be; the others are done all the same.
 */
export async function purgeDeletedAccounts(
  deps: DeletionsDeps,
  signal?: AbortSignal,
): Promise<number> {
  // Without the key store no account is purged: a receipt must not be sent long before the key is destroyed.
  await deps.vault.destroyLeaves(signal);
  const failures: unknown[] = [];
  let purged = 0;
  for (;;) {
    const due = await deps.accounts.listDueForPurge(BATCH_ACCOUNTS);
    let isAnyGone = false;
    for (const accountId of due) {
      if (signal?.aborted === true) return purged;
      try {
        const isPurged = await purgeAccount(deps, accountId);
        if (isPurged) purged += 1;
        isAnyGone ||= isPurged;
      } catch (error) {
        failures.push(error);
      }
    }
    if (due.length < BATCH_ACCOUNTS || !isAnyGone) break;
  }
  await deps.vault.destroyLeaves();
  if (failures.length > 0) {
    throw new AggregateError(failures, `${String(failures.length)} accounts could not be purged`);
  }
  return purged;
}

/** @returns false when another node purges it, or it is not due. */
async function purgeAccount(deps: DeletionsDeps, accountId: string): Promise<boolean> {
  // Its time is over, so it cannot be restored any more and parts of it can be removed before the rest.
  await deps.vault.removeBlobs(accountId);
  await stopOwnedClients(deps, accountId);
  await emptyLedger(deps, accountId);
  const account = await deps.accounts.find(accountId);
  const addresses = await provenEmails(deps, accountId);
  return deps.db.transaction(async (tx) => {
    const deletion = await deps.accounts.holdForPurge(tx, accountId);
    if (deletion === null) return false;
    const receipt = await issueReceipt(deps, tx, { accountId, deletion });
    // A release that was under way may have come after the rest was removed.
    await deps.ledger.signRemoval(tx, accountId);
    await createAccountDataStore(tx).removeRest(accountId);
    await deps.vault.destroyKey(tx, accountId);
    await deps.accounts.remove(tx, accountId);
    const locale = account?.locale ?? 'en';
    for (const to of addresses) {
      await deps.mailer.enqueue(tx, {
        to,
        template: 'account-purged',
        locale,
        values: { reference: deletion.reference, receipt, date: dayIn(locale, deps.clock.now()) },
      });
    }
    return true;
  });
}

/** An app without an owner must not read people's data. */
async function stopOwnedClients(deps: DeletionsDeps, accountId: string): Promise<void> {
  for (const { id, status } of await deps.clients.listOwnedBy(accountId)) {
    if (status !== 'active') continue;
    const manager = { accountId, isAdministrator: true };
    await deps.clients.setStatus({ clientId: id, manager, status: 'suspended' });
  }
}

/** Removes the long lists in batches, after the ledger has signed that they are removed by the server itself. */
export async function emptyLedger({ db, ledger }: DeletionsDeps, accountId: string): Promise<void> {
  await db.transaction((tx) => ledger.signRemoval(tx, accountId));
  const store = createAccountDataStore(db);
  while ((await store.removeBatch(accountId, BATCH_ROWS)) > 0);
}

interface ReceiptInput {
  readonly accountId: string;
  readonly deletion: AccountDeletion;
}

async function issueReceipt(
  deps: DeletionsDeps,
  tx: Database,
  { accountId, deletion }: ReceiptInput,
): Promise<string> {
  const purgedAt = deps.clock.now();
  const key = await deps.vault.describeKey(tx, accountId);
  const payload: DeletionReceipt = {
    iss: deps.issuer,
    jti: deletion.reference,
    iat: seconds(purgedAt),
    deleted_at: seconds(deletion.deletedAt),
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
  const receipt = await deps.signer.sign(payload, { typ: RECEIPT_TYP });
  const { reference } = deletion;
  await createDeletionReceiptStore(tx).insert({ reference, receipt, purgedAt });
  return receipt;
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
