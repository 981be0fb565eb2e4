import { isProofCurrent } from '../../accounts/index.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { TransferredIdentifier } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { codeError } from './check-code.ts';
import { notifyAccountOwner } from '../notify-account-owner.ts';
import type { Address } from './proof-code.ts';
import { createPendingRegistrationStore } from '../registration/pending-registration-store.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';

interface ProveAttributeInput {
  readonly accountId: string;
  readonly attributeId: string;
  /** The proven address. */
  readonly address: Address;
  /** When its code was sent. An address that another person has proven since then is not transferred. */
  readonly issuedAt: Date;
  /** The account's generation of proofs then. */
  readonly generation: number;
  /** E-mails proven before: they get a notice. */
  readonly notified: readonly string[];
  /** The language of the person who proves the address, where known; otherwise that of the account is used. */
  readonly locale?: string;
}

/**
 * Makes a proven address an identifier, inside the transaction that used its code or link up. The previous account loses it when
 * proven addresses are transferred.
 * @throws AppError `address_taken`, `value_changed`, `attribute_not_found`, `account_inactive`; `code_expired` when all browsers were
 * signed out since it was sent.
 */
export async function proveAttribute(
  ctx: AuthenticationContext,
  tx: Database,
  input: ProveAttributeInput,
): Promise<void> {
  const { accountId, attributeId, address, issuedAt, generation, notified } = input;
  const { transferred } = await ctx.vault.markVerified(tx, {
    accountId,
    attributeId,
    value: address.value,
    ...(ctx.transferProvenAddresses && { transferIfProvenBefore: issuedAt }),
  });
  // Only after the values of both accounts are locked: otherwise two accounts that take an address from each other
  // would deadlock.
  const account = await ctx.accounts.hold(tx, accountId);
  if (account?.status !== 'active') throw new AppError('forbidden', 'account_inactive');
  // An intruder who was signed in until the cut-off may have requested the proof. The address of the intruder must not
  // become an identifier.
  if (!isProofCurrent(account, generation)) throw codeError({ kind: 'dead' });
  if (transferred !== null)
    await endLostIdentifier(ctx, tx, { loss: transferred, takenBy: accountId });
  if (ctx.transferProvenAddresses)
    await removePendingRegistrations(ctx, tx, { address, accountId });
  await notifyAccountOwner(ctx, tx, {
    accountId,
    to: notified,
    notice: {
      template: address.kind === 'email' ? 'email-added' : 'phone-added',
      locale: input.locale ?? account.locale ?? currentLocale(),
      values: { address: address.value },
    },
  });
}

/**
 * Signs the previous owner out everywhere, because any reader of the address may have used the account. Without another
 * way to sign in the account is deleted; an administrator can restore it until the purge. A blocked account stays
 * blocked.
 */
async function endLostIdentifier(
  ctx: AuthenticationContext,
  tx: Database,
  { loss, takenBy }: { readonly loss: TransferredIdentifier; readonly takenBy: string },
): Promise<void> {
  const { accountId, kind, isLast, emails } = loss;
  const previous = await ctx.accounts.hold(tx, accountId);
  await ctx.audit.record(tx, {
    kind: 'identifier.taken',
    accountId,
    actorId: takenBy,
    details: { claim: kind, isLast },
  });
  if (!isLast) await ctx.accounts.signOutEverywhereIn(tx, { accountId });
  else if (previous?.status !== 'deleted' && previous?.status !== 'blocked') {
    const purgeAt = new Date(ctx.clock.now().getTime() + ctx.retentionSeconds * 1000);
    await ctx.accounts.markDeleted(tx, { accountId, purgeAt, actorId: takenBy }).catch(asTaken);
  }
  await notifyAccountOwner(ctx, tx, {
    accountId,
    to: emails,
    notice: {
      template: kind === 'email' ? 'email-taken' : 'phone-taken',
      locale: previous?.locale ?? FALLBACK_LOCALE,
      values: { address: loss.value },
    },
  });
}

// Without its only administrator an installation could not be repaired: that account keeps its address.
function asTaken(error: unknown): never {
  if (!isAppError(error, 'last_administrator')) throw error;
  throw new AppError('conflict', 'address_taken', { cause: error });
}

/** Ends registrations of the address that wait for a code. */
async function removePendingRegistrations(
  ctx: AuthenticationContext,
  tx: Database,
  { address, accountId }: { readonly address: Address; readonly accountId: string },
): Promise<void> {
  const index = ctx.vault.indexIdentifier(address);
  for (const other of await createPendingRegistrationStore(tx).listAccounts(index)) {
    if (other === accountId) continue;
    const account = await ctx.accounts.hold(tx, other);
    if (account?.status === 'temporary') await ctx.accounts.remove(tx, other);
  }
}
