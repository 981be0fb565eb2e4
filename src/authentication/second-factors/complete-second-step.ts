import { AppError, isAppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { notifyAccountOwner, readNoticeAddresses } from '../notify-account-owner.ts';
import type { VisibleCounter } from '../sign-in/attempt-counter.ts';
import { countAttempt, OF_SHORT_CODES } from '../sign-in/count-attempt.ts';
import type { CompletedOutcome } from '../sign-in/sign-in-outcome.ts';
import { findCodeCounter } from './find-code-counter.ts';
import { findFirstStepAccount, finishSecondStep } from './finish-second-step.ts';
import { matchRecoveryCode } from './recovery-codes.ts';
import { openFirstStep } from './second-step-ticket.ts';
import { matchTotpCode, type OneTimeUse } from './totp-credential.ts';

/** The pauses begin here. */
const NOTICE_AFTER_CODES = 5;

interface SecondStepInput {
  readonly ticket: string;
  readonly method: 'totp' | 'recovery_code';
  readonly code: string;
  readonly deviceId: string | null;
  readonly ip: string;
  /** The browser needs no second step for thirty days. */
  readonly trust?: 'browser' | undefined;
}

/**
 * Completes a sign-in by its second step. A code is used up in the commit that records the sign-in, and counts once on all nodes.
 * Wrong codes are counted for the account, also over restarts.
 * @throws AppError `second_step_expired` (kind `gone`): the first step has to be repeated; `code_wrong` (field `code`);
 *   `second_step_locked` (kind `too_many`) with `retryAfterSeconds`.
 */
export async function completeSecondStep(
  ctx: AuthenticationContext,
  input: SecondStepInput,
): Promise<CompletedOutcome> {
  const { deviceId, method, trust } = input;
  await limitRequests(ctx, 'second-step', input.ip);
  const first = openFirstStep(ctx, input);
  const account = await findFirstStepAccount(ctx, first.proof);
  const counter = await findCodeCounter(ctx, { account, method, deviceId });
  const use = await matchCode(ctx, { accountId: account.id, counter }, input);
  const amr = methodsOfCode(first.proof.amr);
  const cleared = [counter];
  const outcome = await finishSecondStep(ctx, {
    first,
    account,
    amr,
    use,
    cleared,
    deviceId,
    trust,
  });
  if (outcome === null) throw wrongCode();
  return outcome;
}

/** Counts one attempt and checks the code. */
async function matchCode(
  ctx: AuthenticationContext,
  { accountId, counter }: { readonly accountId: string; readonly counter: VisibleCounter },
  { method, code }: SecondStepInput,
): Promise<OneTimeUse> {
  let use: OneTimeUse | null = null;
  const attempt = {
    visible: counter,
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
 * The methods that a code adds (RFC 8176). A password and a code are factors of two kinds. Two codes are not: they came over two
 * channels.
 */
function methodsOfCode(first: readonly string[]): readonly string[] {
  return ['otp', first.includes('pwd') ? 'mfa' : 'mca'];
}
