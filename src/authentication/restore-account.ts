import { isRestorable, type AccountDeletion } from '../accounts/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { completeSignIn } from './complete-sign-in.ts';

/** A deleted account whose owner has just proven who they are. */
export interface DeletedAccount {
  readonly status: 'deleted';
  /** Until then it can be restored. */
  readonly purgeAt: Date;
  /** Proves the right password for ten minutes, to {@link restoreAccount} only. */
  readonly ticket: string;
}

export interface RestoreAccountInput {
  readonly ticket: string;
  readonly deviceId: string | null;
}

interface Ticket {
  readonly accountId: string;
  /** A later deletion of the same account has another one. */
  readonly reference: string;
  readonly amr: readonly string[];
  readonly expiresAt: number;
}

const LIFE_MS = 600_000;
const CONTEXT = 'restore ticket';

/** What a proof by the owner of a deleted account leads to; null when it cannot be restored by them. */
export function offerRestoring(
  { masterSealer, clock }: Pick<AuthenticationParts, 'masterSealer' | 'clock'>,
  proven: {
    readonly accountId: string;
    readonly deletion: AccountDeletion | null;
    readonly amr: readonly string[];
  },
): DeletedAccount | null {
  const { accountId, deletion, amr } = proven;
  const now = clock.now();
  if (deletion === null || !isRestorable(deletion, now)) return null;
  const { reference, purgeAt } = deletion;
  const ticket: Ticket = { accountId, reference, amr, expiresAt: now.getTime() + LIFE_MS };
  const sealed = masterSealer.seal(JSON.stringify(ticket), CONTEXT);
  return { status: 'deleted', purgeAt, ticket: sealed.toString('base64url') };
}

/**
 * Takes the deletion back and counts as the sign-in that the ticket is from.
 * @throws AppError `restore_ticket_dead` (kind `gone`) when it is too old or not ours, `account_not_restorable`.
 */
export async function restoreAccount(
  parts: AuthenticationParts,
  input: RestoreAccountInput,
): Promise<{ readonly accountId: string; readonly amr: readonly string[] }> {
  const ticket = openTicket(parts, input.ticket);
  const { accountId, amr } = ticket;
  const account = await parts.accounts.find(accountId);
  if (account?.deletion?.reference !== ticket.reference) {
    throw new AppError('conflict', 'account_not_restorable');
  }
  await parts.db.transaction((tx) => parts.accounts.restore(tx, { accountId }));
  await completeSignIn(parts, { accountId, deviceId: input.deviceId, forgiven: { accountId } });
  return { accountId, amr };
}

function openTicket(
  { masterSealer, clock }: Pick<AuthenticationParts, 'masterSealer' | 'clock'>,
  text: string,
): Ticket {
  let ticket: Ticket;
  try {
    ticket = JSON.parse(
      masterSealer.open(Buffer.from(text, 'base64url'), CONTEXT).toString('utf8'),
    ) as Ticket;
  } catch (error) {
    throw new AppError('gone', 'restore_ticket_dead', { cause: error });
  }
  if (ticket.expiresAt <= clock.now().getTime()) throw new AppError('gone', 'restore_ticket_dead');
  return ticket;
}
