import type { Context } from 'koa';

import type { RequiredProof, SignInOutcome } from '../authentication/index.ts';
import type { ActionResult } from '../http/routing/page-route.ts';
import { ACR, REASONS_FOR_ANOTHER_PERSON, requestedAcrValues } from '../oidc/index.ts';
import type { RequestContext } from '../platform/request-context.ts';
import type { InteractionsContext } from './context.ts';
import { finishInteraction, signInResult } from './finish-interaction.ts';
import type { OpenInteraction } from './open-interaction.ts';
import { isPasskeyOffered, toPasskeyOffer } from './passkeys/passkey-offer.ts';
import { offerRestore } from './restore-ticket.ts';
import { toSecondStep } from './second-step.ts';

interface FinishInput {
  readonly interaction: OpenInteraction;
  readonly outcome: SignInOutcome;
  /** The person wants to stay signed in. A session of the same account stays as long-lived as it was. */
  readonly isRemembered: boolean;
  readonly request: Pick<RequestContext, 'cookies' | 'deviceId'>;
}

/**
 * Continues after a right proof: to the second step, to the page that restores a deleted account, or back to `/auth`. Every way of
 * signing in ends here.
 */
export async function finishSignIn(
  deps: InteractionsContext,
  ctx: Context,
  { interaction, outcome, isRemembered, request }: FinishInput,
): Promise<ActionResult> {
  const { uid, accountId } = interaction;
  if (outcome.status === 'second_step_needed')
    return toSecondStep(deps, uid, {
      ticket: outcome.ticket,
      isRemembered,
      deviceId: request.deviceId,
    });
  if (outcome.status === 'deleted') return offerRestore(request, uid, outcome);
  const staysRemembered = isRemembered || accountId === outcome.accountId;
  const proof = { ...outcome, isRemembered: staysRemembered };
  if (!isFreshProof(interaction) && (await isPasskeyOffered(deps, request, outcome)))
    return toPasskeyOffer(deps, request, { uid, proof });
  return finishInteraction(deps, ctx, signInResult(proof));
}

/** Is this a fresh proof of identity of the person who is signed in? */
export function isFreshProof({ accountId, prompt, reasons }: OpenInteraction): boolean {
  const isForAnother = REASONS_FOR_ANOTHER_PERSON.some((reason) => reasons.includes(reason));
  return accountId !== null && prompt === 'login' && !isForAnother;
}

/** A fresh proof has every step, and so has a sign-in for an app that requests it. */
export function requiredProof(interaction: OpenInteraction): RequiredProof {
  const isRequested = requestedAcrValues(interaction.parameters).includes(ACR.twoStep);
  return isRequested || isFreshProof(interaction) ? 'every_step' : 'usual';
}
