import { isRestorable } from '../../accounts/index.ts';
import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import { limitRequests } from '../limit-requests.ts';
import type { Proof } from '../proofs/proof.ts';
import { offerRestoring } from '../registration/restore-account.ts';
import { completeSignIn } from '../sign-in/complete-sign-in.ts';
import type { CompletedOutcome } from '../sign-in/sign-in-outcome.ts';
import { checkAssertion } from './check-assertion.ts';
import { challengeOver, issueChallenge } from './passkey-challenge.ts';
import { type RequestOptions, requestOptions } from './webauthn.ts';

/** A request for the assertion of a passkey. */
export interface PasskeyRequest {
  readonly options: RequestOptions;
  /** To send back with the answer of the authenticator, within ten minutes. */
  readonly ticket: string;
}

interface PasskeySignInInput {
  readonly ticket: string;
  /** The JSON of the `PublicKeyCredential` that the browser returned. */
  readonly answer: unknown;
  readonly deviceId: string | null;
  readonly ip: string;
}

/** Prepares a sign-in with any passkey of this site. No name is entered, so the options are the same for every person. */
export async function startPasskeySignIn(
  ctx: AuthenticationContext,
  { deviceId }: { readonly deviceId: string | null },
): Promise<PasskeyRequest> {
  const issued = issueChallenge(ctx, { use: 'sign_in', accountId: null, deviceId });
  const { relyingParty } = ctx;
  const options = await requestOptions({ ...issued, relyingParty, allowed: [] });
  return { options, ticket: issued.ticket };
}

/**
 * Signs in the owner of a passkey. It is two factors, so there is no second step; wrong passwords do not lock it.
 * @throws AppError `passkey_refused` (kind `unauthenticated`) for every passkey that cannot sign in, for whatever reason;
 *   `passkey_expired` (kind `gone`) when the challenge is too old, of another browser, or was answered before.
 */
export async function signInByPasskey(
  ctx: AuthenticationContext,
  { ticket, answer, deviceId, ip }: PasskeySignInInput,
): Promise<CompletedOutcome> {
  await limitRequests(ctx, 'passkey', ip);
  const checked = await checkAssertion(ctx, {
    use: 'sign_in',
    accountId: null,
    ticket,
    answer,
    deviceId,
  });
  const account = checked && (await ctx.accounts.read(checked.accountId));
  if (checked === null || account === null) throw refused();
  const { status, deletion, proofGeneration: generation } = account;
  if (status !== 'active' && !isRestorable(deletion, ctx.clock.now())) throw refused();
  const proof: Proof = { accountId: account.id, amr: checked.amr, generation };
  const deleted = offerRestoring(ctx, { proof, deletion, deviceId });
  const use = await ctx.db.transaction(async (tx) => {
    const result = await checked.use(tx);
    if (result === 'used' && deleted === null)
      await completeSignIn(ctx, tx, { proof, deviceId, target: null });
    return result;
  });
  if (use === 'replayed') throw challengeOver();
  if (use === 'refused') throw refused();
  return deleted ?? { status: 'signed_in', ...proof };
}

function refused(): AppError {
  return new AppError('unauthenticated', 'passkey_refused');
}
