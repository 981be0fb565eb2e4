import { isProofCurrent, type Account } from '../../accounts/index.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { notifyAccountOwner, readNoticeAddresses } from '../notify-account-owner.ts';
import type { Proof } from '../proofs/proof.ts';
import { offerRestoring } from '../registration/restore-account.ts';
import { secondStepCounter } from '../sign-in/attempt-counter.ts';
import { browserOf } from '../sign-in/browser.ts';
import { completeSignIn } from '../sign-in/complete-sign-in.ts';
import { countAttempt, OF_SHORT_CODES } from '../sign-in/count-attempt.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';
import type { SignInOutcome } from '../sign-in/sign-in-outcome.ts';
import { matchRecoveryCode } from './recovery-codes.ts';
import { openTicket } from './second-step-ticket.ts';
import { matchTotpCode, type OneTimeUse } from './totp-credential.ts';

/** How long a browser needs no second step after the person trusted it. */
export const TRUST_DAYS = 30;
const DAY_MS = 86_400_000;
/** The pauses begin here. */
const NOTICE_AFTER_CODES = 5;

interface SecondStepInput {
  readonly ticket: string;
  readonly method: 'totp' | 'recovery_code';
  readonly code: string;
  readonly deviceId: string | null;
  readonly ip: string;
  /** The browser needs no second step for {@link TRUST_DAYS}. */
  readonly trust?: 'browser' | undefined;
}

type Outcome = Exclude<SignInOutcome, { readonly status: 'second_step_needed' }>;

/**
 * Completes a sign-in by its second step. A code is used up in the commit that records the sign-in, and counts once on all nodes.
 * Wrong codes are counted for the account, also over restarts.
 * @throws AppError `second_step_expired` (kind `gone`): the first step has to be repeated; `code_wrong` (field `code`);
 *   `second_step_locked` (kind `too_many`) with `retryAfterSeconds`.
 */
export async function completeSecondStep(
  ctx: AuthenticationContext,
  input: SecondStepInput,
): Promise<Outcome> {
  const { deviceId, method } = input;
  await limitRequests(ctx, 'second-step', input.ip);
  const first = openTicket(ctx, input);
  const account = await findAccount(ctx, first.proof);
  const use = await matchCode(ctx, account.id, input);
  const amr = methodsOfBoth(first.proof.amr);
  const proof: Proof = { ...first.proof, amr };
  const deleted = offerRestoring(ctx, { proof, deletion: account.deletion, deviceId });
  const isUsed = await ctx.db.transaction(async (tx) => {
    if (!(await use(tx))) return false;
    const cleared = [...first.cleared, secondStepCounter(ctx, account.id, method)];
    if (deleted === null) {
      await completeSignIn(ctx, tx, { proof, deviceId, target: null, cleared });
      if (input.trust === 'browser') await trustBrowser(ctx, tx, { proof, deviceId });
    }
    return true;
  });
  if (!isUsed) throw wrongCode();
  return deleted ?? { status: 'signed_in', ...proof };
}

/** The account of the first step. Its sign-in must not have been cut off since. */
async function findAccount(
  { accounts }: Pick<AuthenticationContext, 'accounts'>,
  { accountId, generation }: Proof,
): Promise<Account> {
  const account = await accounts.read(accountId);
  const isUsable = account?.status === 'active' || account?.status === 'deleted';
  if (account === null || !isUsable || !isProofCurrent(account, generation))
    throw new AppError('gone', 'second_step_expired');
  return account;
}

/** Counts one attempt and checks the code. */
async function matchCode(
  ctx: AuthenticationContext,
  accountId: string,
  { method, code }: SecondStepInput,
): Promise<OneTimeUse> {
  let use: OneTimeUse | null = null;
  const attempt = {
    visible: secondStepCounter(ctx, accountId, method),
    passesLock: false,
    pauses: OF_SHORT_CODES,
  };
  const match = method === 'totp' ? matchTotpCode : matchRecoveryCode;
  const { failures } = await countAttempt(ctx, attempt, async () => {
    use = await match(ctx, { accountId, code });
    return use !== null;
  }).catch((error: unknown) => {
    if (!isAppError(error, 'sign_in_locked')) throw error;
    const { retryAfterSeconds = 1 } = error;
    throw new AppError('too_many', 'second_step_locked', { retryAfterSeconds });
  });
  if (use !== null) return use;
  await recordFailure(ctx, { accountId, failures });
  throw wrongCode();
}

/** The owner gets a mail after several wrong codes, because the first proof was right. */
async function recordFailure(
  ctx: AuthenticationContext,
  { accountId, failures }: { readonly accountId: string; readonly failures: number },
): Promise<void> {
  const isNoticeDue = failures === NOTICE_AFTER_CODES;
  await ctx.db.transaction(async (tx) => {
    const details = { failures };
    await ctx.audit.record(tx, { kind: 'second_step.failed', accountId, details });
    if (!isNoticeDue) return;
    const account = await ctx.accounts.hold(tx, accountId);
    const notice = {
      template: 'second-step-failed',
      locale: account?.locale ?? currentLocale(),
    } as const;
    const to = await readNoticeAddresses(ctx, tx, accountId);
    await notifyAccountOwner(ctx, tx, { accountId, to, notice });
  });
}

function wrongCode(): AppError {
  return new AppError('invalid', 'code_wrong', { fields: { code: 'code_wrong' } });
}

/**
 * The methods of both steps (RFC 8176). A password and a code are factors of two kinds. Two codes are not: they came over two
 * channels.
 */
function methodsOfBoth(first: readonly string[]): readonly string[] {
  return [...new Set([...first, 'otp', first.includes('pwd') ? 'mfa' : 'mca'])];
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
