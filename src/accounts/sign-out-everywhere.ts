import type { Database } from '../platform/postgres/postgres.ts';
import { createAccountStore } from './account-store.ts';
import type { AccountsContext } from './context.ts';

interface SignOutInput {
  readonly accountId: string;
  /** The session to keep; without it every session ends and the account's cut-off moves to now. */
  readonly exceptSessionUid?: string;
}

/**
 * Ends every session, every sign-in that was proven and not finished, and every grant with all its codes and tokens, on
 * every node, in one transaction.
 */
export async function signOutEverywhere(ctx: AccountsContext, input: SignOutInput): Promise<void> {
  await ctx.db.transaction((tx) => signOutEverywhereIn(ctx, tx, input));
}

/** The same in the caller's transaction: nothing has ended until it commits. */
export async function signOutEverywhereIn(
  ctx: AccountsContext,
  tx: Database,
  { accountId, exceptSessionUid }: SignOutInput,
): Promise<void> {
  if (exceptSessionUid === undefined) await endAccess(ctx, tx, { accountId, at: ctx.clock.now() });
  else {
    await createAccountStore(tx).endProofs(accountId);
    await ctx.sessions.endAll(tx, { accountId, exceptUid: exceptSessionUid });
  }
  await ctx.feed.publish(tx, 'account', accountId);
  const details = { isCurrentSessionKept: exceptSessionUid !== undefined };
  await ctx.audit.record(tx, { kind: 'account.signed_out_everywhere', accountId, details });
}

/** Moves the cut-off, ends every session and revokes every grant. */
export async function endAccess(
  { sessions }: Pick<AccountsContext, 'sessions'>,
  tx: Database,
  { accountId, at }: { readonly accountId: string; readonly at: Date },
): Promise<void> {
  // The account first: a transaction that writes a grant has locked it, and that grant is then seen and revoked.
  await createAccountStore(tx).setCutOff(accountId, at);
  await sessions.endAll(tx, { accountId });
}
