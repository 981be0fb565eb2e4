import { isProofCurrent, isRestorable, type Account } from '../../accounts/index.ts';
import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import type { Proof } from '../proofs/proof.ts';
import { offerRestoring } from '../registration/restore-account.ts';
import type { VisibleCounter } from '../sign-in/attempt-counter.ts';
import { browserOf } from '../sign-in/browser.ts';
import { completeSignIn } from '../sign-in/complete-sign-in.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';
import type { CompletedOutcome } from '../sign-in/sign-in-outcome.ts';
import type { FirstStep } from './second-step-ticket.ts';
import type { OneTimeUse } from './totp-credential.ts';

/** How long a browser needs no second step after the person trusted it. */
export const TRUST_DAYS = 30;
const DAY_MS = 86_400_000;

interface SecondStep {
  readonly first: FirstStep;
  readonly account: Account;
  /** The methods of the second step (RFC 8176). */
  readonly amr: readonly string[];
  /** Uses the second proof up. */
  readonly use: OneTimeUse;
  /** Counters of wrong attempts to reset, beside those of the first step. */
  readonly cleared: readonly VisibleCounter[];
  readonly deviceId: string | null;
  /** The browser needs no second step for {@link TRUST_DAYS}. */
  readonly trust?: 'browser' | undefined;
}

/** The account of the first step. Its sign-in must not have been cut off since. @throws AppError `second_step_expired`. */
export async function findFirstStepAccount(
  { accounts, clock }: Pick<AuthenticationContext, 'accounts' | 'clock'>,
  { accountId, generation }: Proof,
): Promise<Account> {
  const account = await accounts.read(accountId);
  const isUsable =
    account?.status === 'active' || isRestorable(account?.deletion ?? null, clock.now());
  if (account === null || !isUsable || !isProofCurrent(account, generation))
    throw new AppError('gone', 'second_step_expired');
  return account;
}

/** Records the sign-in in the commit that uses the second proof up. @returns null when it could not be used. */
export async function finishSecondStep(
  ctx: AuthenticationContext,
  { first, account, amr: second, use, cleared, deviceId, trust }: SecondStep,
): Promise<CompletedOutcome | null> {
  const amr = [...new Set([...first.proof.amr, ...second])];
  const proof: Proof = { ...first.proof, amr };
  const deleted = offerRestoring(ctx, { proof, deletion: account.deletion, deviceId });
  const isUsed = await ctx.db.transaction(async (tx) => {
    if (!(await use(tx))) return false;
    if (deleted !== null) return true;
    const counters = [...first.cleared, ...cleared];
    await completeSignIn(ctx, tx, { proof, deviceId, target: null, cleared: counters });
    if (trust === 'browser') await trustBrowser(ctx, tx, { proof, deviceId });
    return true;
  });
  if (!isUsed) return null;
  return deleted ?? { status: 'signed_in', ...proof };
}

async function trustBrowser(
  { clock }: AuthenticationContext,
  tx: Database,
  { proof, deviceId }: { readonly proof: Proof; readonly deviceId: string | null },
): Promise<void> {
  const browser = browserOf({ deviceId });
  if (browser === null) return;
  const until = new Date(clock.now().getTime() + TRUST_DAYS * DAY_MS);
  await createKnownDeviceStore(tx).trust(proof.accountId, browser, until);
}
