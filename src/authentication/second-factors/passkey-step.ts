import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import { checkAssertion } from '../passkeys/check-assertion.ts';
import { challengeOver, issueChallenge } from '../passkeys/passkey-challenge.ts';
import { createPasskeyStore } from '../passkeys/passkey-store.ts';
import type { PasskeyRequest } from '../passkeys/sign-in-by-passkey.ts';
import { requestOptions } from '../passkeys/webauthn.ts';
import type { CompletedOutcome } from '../sign-in/sign-in-outcome.ts';
import { findFirstStepAccount, finishSecondStep } from './finish-second-step.ts';
import { openFirstStep } from './second-step-ticket.ts';
import { createTotpStore } from './totp-store.ts';

interface FirstStepRef {
  /** The ticket of the first step. */
  readonly ticket: string;
  readonly deviceId: string | null;
}

interface PasskeyStepInput extends FirstStepRef {
  /** The ticket of {@link startPasskeyStep}. */
  readonly challengeTicket: string;
  /** The JSON of the `PublicKeyCredential` that the browser returned. */
  readonly answer: unknown;
  readonly ip: string;
  readonly trust?: 'browser' | undefined;
}

/** The second factors of the account whose first step is done. */
export interface SecondStepMethods {
  readonly hasAuthenticator: boolean;
  readonly hasPasskeys: boolean;
}

/** @throws AppError `second_step_expired` (kind `gone`). */
export async function describeSecondStep(
  ctx: AuthenticationContext,
  ref: FirstStepRef,
): Promise<SecondStepMethods> {
  const { accountId } = openFirstStep(ctx, ref).proof;
  return {
    hasAuthenticator: (await createTotpStore(ctx.db).find(accountId)) !== null,
    hasPasskeys: (await usablePasskeys(ctx, accountId)).length > 0,
  };
}

/** Prepares the second step with a passkey of the account. @throws AppError `second_step_expired` (kind `gone`). */
export async function startPasskeyStep(
  ctx: AuthenticationContext,
  ref: FirstStepRef,
): Promise<PasskeyRequest> {
  const { accountId } = openFirstStep(ctx, ref).proof;
  const { deviceId } = ref;
  const allowed = await usablePasskeys(ctx, accountId);
  const issued = issueChallenge(ctx, { use: 'second_step', accountId, deviceId });
  const options = await requestOptions({ ...issued, relyingParty: ctx.relyingParty, allowed });
  return { options, ticket: issued.ticket };
}

/**
 * Completes a sign-in with a passkey as its second step. Nothing is counted, because an assertion cannot be guessed.
 * @throws AppError `second_step_expired` (kind `gone`): the first step has to be repeated; `passkey_expired` (kind `gone`): a new
 *   challenge is needed; `passkey_refused` (kind `unauthenticated`).
 */
export async function completePasskeyStep(
  ctx: AuthenticationContext,
  input: PasskeyStepInput,
): Promise<CompletedOutcome> {
  await limitRequests(ctx, 'second-step', input.ip);
  const first = openFirstStep(ctx, input);
  const account = await findFirstStepAccount(ctx, first.proof);
  const { challengeTicket: ticket, answer, deviceId, trust } = input;
  const checked = await checkAssertion(ctx, {
    use: 'second_step',
    accountId: account.id,
    ticket,
    answer,
    deviceId,
  });
  if (checked === null) throw new AppError('unauthenticated', 'passkey_refused');
  let isReplayed = false;
  const outcome = await finishSecondStep(ctx, {
    first,
    account,
    amr: checked.amr,
    cleared: [],
    deviceId,
    trust,
    use: async (tx) => {
      const use = await checked.use(tx);
      isReplayed = use === 'replayed';
      return use === 'used';
    },
  });
  if (isReplayed) throw challengeOver();
  if (outcome === null) throw new AppError('unauthenticated', 'passkey_refused');
  return outcome;
}

async function usablePasskeys({ db }: Pick<AuthenticationContext, 'db'>, accountId: string) {
  const all = await createPasskeyStore(db).list(accountId);
  return all.filter(({ blockedAt }) => blockedAt === null);
}
