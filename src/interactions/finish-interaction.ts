import type { Context } from 'koa';
import type { InteractionResults } from 'oidc-provider';

import type { Proof } from '../authentication/index.ts';
import { redirect, type ActionResult } from '../http/routing/page-route.ts';
import { acrOf, fromProviderError } from '../oidc/index.ts';
import { safeReturnPath } from '../http/pages/site-path.ts';
import type { InteractionsContext } from './context.ts';

/** Returns the result to `/auth`, which continues the request. */
export async function finishInteraction(
  deps: InteractionsContext,
  ctx: Context,
  result: InteractionResults,
): Promise<ActionResult> {
  const next = await fromProviderError(deps.provider().interactionResult(ctx.req, ctx.res, result));
  // The library gives the absolute address of its own endpoint.
  return redirect(safeReturnPath(next, deps.provider().issuer) ?? '/');
}

/** A complete sign-in as the library records it. Also settles `prompt=create` and `prompt=select_account`. */
export function signInResult(
  proof: Proof & { readonly isRemembered: boolean; readonly provenAt?: number },
): InteractionResults {
  return {
    login: {
      accountId: proof.accountId,
      amr: [...proof.amr],
      acr: acrOf(proof.amr),
      remember: proof.isRemembered,
      // `auth_time` is the time of the proof, not of its use; the library uses the clock of the machine.
      ts: proof.provenAt ?? nowInSeconds(),
      generation: proof.generation,
    },
    create: {},
    select_account: {},
  };
}

/** The present time by the clock of the machine, in seconds since 1970, as the library counts it. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The person refused: the app receives `access_denied` (RFC 6749 §4.1.2.1) and nothing else. */
export function refusal(): InteractionResults {
  return { error: 'access_denied', error_description: 'the person did not allow this' };
}
