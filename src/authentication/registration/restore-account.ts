import { isProofCurrent, isRestorable, type AccountDeletion } from '../../accounts/index.ts';
import { AppError } from '../../platform/app-error.ts';
import { openTicket, sealTicket } from '../../platform/keys/sealed-ticket.ts';
import { accountCounter } from '../sign-in/attempt-counter.ts';
import type { AuthenticationContext } from '../context.ts';
import { browserText, type FromBrowser, isForBrowser } from '../sign-in/browser.ts';
import { completeSignIn, findNoticeTarget } from '../sign-in/complete-sign-in.ts';
import type { Proof } from '../proofs/proof.ts';

/** A deleted account whose owner has just proven who they are. */
export interface DeletedAccount {
  readonly status: 'deleted';
  /** Until then it can be restored. */
  readonly purgeAt: Date;
  /** Proves to {@link restoreAccount} for ten minutes that the right password was entered in this browser. */
  readonly ticket: string;
}

interface RestoreAccountInput {
  readonly ticket: string;
  readonly deviceId: string | null;
}

interface Content extends Proof {
  /** See `browserText`. */
  readonly browser: string | null;
  /** Each deletion of an account has a different reference. */
  readonly reference: string;
  /** Until then the account can be restored; milliseconds since 1970. */
  readonly purgeAt: number;
}

const LIFE_MS = 600_000;
const CONTEXT = 'restore ticket';

/** The ticket for restoring, after a proof by the owner of a deleted account; null when the owner cannot restore it. */
export function offerRestoring(
  ctx: Pick<AuthenticationContext, 'transientSealer' | 'clock'>,
  proven: FromBrowser & {
    readonly proof: Proof;
    readonly deletion: AccountDeletion | null;
  },
): DeletedAccount | null {
  const { proof, deletion } = proven;
  if (deletion === null || !isRestorable(deletion, ctx.clock.now())) return null;
  const { reference, purgeAt } = deletion;
  const content: Content = {
    ...proof,
    reference,
    purgeAt: purgeAt.getTime(),
    browser: browserText(proven),
  };
  const ticket = sealTicket(ctx, CONTEXT, { content, lifeMs: LIFE_MS });
  return { status: 'deleted', purgeAt, ticket };
}

/**
 * Until when the account of a ticket can be restored.
 * @throws AppError `restore_ticket_expired`, as {@link restoreAccount}.
 */
export async function describeRestoring(
  ctx: Pick<AuthenticationContext, 'transientSealer' | 'clock'>,
  input: RestoreAccountInput,
): Promise<Pick<DeletedAccount, 'purgeAt'>> {
  return { purgeAt: new Date(openRestoreTicket(ctx, input).purgeAt) };
}

/**
 * Restores the account and completes the sign-in that issued the ticket.
 * @throws AppError `restore_ticket_expired` (kind `gone`) when it is too old, not ours, or was given to another browser;
 *   `account_not_restorable`.
 */
export async function restoreAccount(
  ctx: AuthenticationContext,
  input: RestoreAccountInput,
): Promise<Proof> {
  const ticket = openRestoreTicket(ctx, input);
  const { accountId, amr, generation } = ticket;
  const proof: Proof = { accountId, amr, generation };
  const account = await ctx.accounts.find(accountId);
  if (account?.deletion?.reference !== ticket.reference) {
    throw new AppError('conflict', 'account_not_restorable');
  }
  if (!isProofCurrent(account, generation)) throw new AppError('gone', 'restore_ticket_expired');
  const target = await findNoticeTarget(ctx, accountId);
  const cleared = [accountCounter(ctx, accountId)];
  await ctx.db.transaction(async (tx) => {
    await ctx.accounts.restore(tx, { accountId });
    await completeSignIn(ctx, tx, { proof, deviceId: input.deviceId, target, cleared });
  });
  return proof;
}

function openRestoreTicket(
  ctx: Pick<AuthenticationContext, 'transientSealer' | 'clock'>,
  { ticket: text, deviceId }: RestoreAccountInput,
): Content {
  const ticket = openTicket<Content>(ctx, CONTEXT, text);
  if (ticket === null || !isForBrowser(ticket.browser, { deviceId }))
    throw new AppError('gone', 'restore_ticket_expired');
  return ticket;
}
