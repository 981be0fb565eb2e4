import { isProofCurrent } from '../../accounts/index.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { currentRequest } from '../../platform/request-context.ts';
import type { TransferredIdentifier } from '../../vault/index.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import { codeError } from './guess-code.ts';
import { notify } from '../notify-account-owner.ts';
import type { Address } from './one-time-code-store.ts';
import { createPendingRegistrationStore } from '../registration/pending-registration-store.ts';

export interface ProveAttributeInput {
  readonly accountId: string;
  readonly attributeId: string;
  /** The proven address. */
  readonly address: Address;
  /** When its code was sent. A proof that began before another person completed theirs takes nothing from that person. */
  readonly issuedAt: Date;
  /** The account's generation of proofs then. */
  readonly generation: number;
  /** E-mails proven before: they get a notice. */
  readonly told: readonly string[];
  /** The language of the person who proves the address, where known; otherwise that of the account is used. */
  readonly locale?: string;
}

/**
 * Makes a proven address an identifier, inside the transaction that used its code or link up. Where proved control wins, the previous
 * holder loses it.
 * @throws AppError `address_taken`, `value_changed`, `attribute_not_found`, `account_inactive`; `code_dead` when all browsers were
 * signed out since it was sent.
 */
export async function proveAttribute(
  parts: AuthenticationParts,
  tx: Database,
  input: ProveAttributeInput,
): Promise<void> {
  const { accountId, attributeId, address, issuedAt, generation, told } = input;
  const { transferred } = await parts.vault.markVerified(tx, {
    accountId,
    attributeId,
    value: address.value,
    ...(parts.transferProvenAddresses && { transferIfProvenBefore: issuedAt }),
  });
  // After the values of both accounts are locked: two accounts that take an address from each other would deadlock here.
  const account = await parts.accounts.hold(tx, accountId);
  if (account?.status !== 'active') throw new AppError('forbidden', 'account_inactive');
  // An intruder who was signed in until the cut-off may have requested the proof: their address must not become a way back in.
  if (!isProofCurrent(account, generation)) throw codeError({ kind: 'dead' });
  if (transferred !== null) await settleLoss(parts, tx, { loss: transferred, takenBy: accountId });
  if (parts.transferProvenAddresses) await removeRegistering(parts, tx, { address, accountId });
  await notify(parts, tx, {
    to: told,
    notice: {
      template: address.kind === 'email' ? 'email-added' : 'phone-added',
      locale: input.locale ?? account.locale ?? currentRequest()?.locale ?? 'en',
      values: { address: address.value },
    },
  });
}

interface Loss {
  readonly loss: TransferredIdentifier;
  readonly takenBy: string;
}

/**
 * Signs the previous holder out everywhere, because any owner of the address may have used the account. Without another way to sign in
 * the account is deleted, which an administrator can take back until it is purged. A blocked account stays blocked.
 */
async function settleLoss(
  parts: AuthenticationParts,
  tx: Database,
  { loss, takenBy }: Loss,
): Promise<void> {
  const { accountId, kind, isLast, emails } = loss;
  const holder = await parts.accounts.hold(tx, accountId);
  await parts.audit.record(tx, {
    kind: 'identifier.taken',
    accountId,
    actorId: takenBy,
    details: { claim: kind, isLast },
  });
  if (!isLast) await parts.accounts.signOutEverywhereIn(tx, { accountId });
  else if (holder?.status !== 'deleted' && holder?.status !== 'blocked') {
    const purgeAt = new Date(parts.clock.now().getTime() + parts.retentionSeconds * 1000);
    await parts.accounts.markDeleted(tx, { accountId, purgeAt, actorId: takenBy }).catch(asTaken);
  }
  await notify(parts, tx, {
    to: emails,
    notice: {
      template: kind === 'email' ? 'email-taken' : 'phone-taken',
      locale: holder?.locale ?? 'en',
      values: { address: loss.value },
    },
  });
}

// Without its only administrator an installation could not be repaired: that account keeps its address.
function asTaken(error: unknown): never {
  if (!isAppError(error, 'last_administrator')) throw error;
  throw new AppError('conflict', 'address_taken', { cause: error });
}

/** Registrations of the address that wait for a code can no longer be finished. */
async function removeRegistering(
  parts: AuthenticationParts,
  tx: Database,
  { address, accountId }: { readonly address: Address; readonly accountId: string },
): Promise<void> {
  const index = parts.vault.indexIdentifier(address);
  for (const other of await createPendingRegistrationStore(tx).listAccounts(index)) {
    if (other === accountId) continue;
    const account = await parts.accounts.hold(tx, other);
    if (account?.status === 'temporary') await parts.accounts.remove(tx, other);
  }
}
