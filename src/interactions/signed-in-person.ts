import type { Context } from 'koa';

import { FRESH_SECONDS } from '../accounts/index.ts';
import { safeReturnPath, type SitePath } from '../http/pages/site-path.ts';
import type { PageCallerFor } from '../http/routing/caller.ts';
import { type ActionResult, redirect } from '../http/routing/page-route.ts';
import { signInUrl } from '../oidc/http.ts';
import { AppError } from '../platform/app-error.ts';
import type { InteractionsContext } from './context.ts';
import { requireDecider } from './decider.ts';
import { type OpenInteraction, openInteraction } from './open-interaction.ts';

type Caller = PageCallerFor<'public'>;

/** The account of the interaction. Its session must be that of this browser. @throws AppError `interaction_expired`. */
export function requireSignedIn({ accountId }: OpenInteraction, caller: Caller): string {
  if (accountId === null || caller.kind !== 'person' || caller.accountId !== accountId)
    throw new AppError('gone', 'interaction_expired');
  return accountId;
}

/** The interaction and the account that decides in it at this browser. @throws AppError `interaction_expired`. */
export async function openDecision(
  deps: InteractionsContext,
  ctx: Context,
  { uid, caller }: { readonly uid: string; readonly caller: Caller },
): Promise<{ readonly interaction: OpenInteraction; readonly accountId: string }> {
  const interaction = await openInteraction(deps, ctx, uid);
  requireDecider(interaction);
  return { interaction, accountId: requireSignedIn(interaction, caller) };
}

interface FreshProofInput {
  readonly caller: Caller;
  /** The page to which the new proof leads back. */
  readonly next: SitePath;
  readonly maxAgeSeconds?: number;
}

/** The way to prove one's identity again; null when the last proof is fresh. Pages that add a name to sign in with need it. */
export function freshProof(
  deps: InteractionsContext,
  { caller, next, maxAgeSeconds = FRESH_SECONDS }: FreshProofInput,
): ActionResult | null {
  const provenAt = caller.kind === 'person' ? (caller.authenticatedAt?.getTime() ?? 0) : 0;
  if (deps.clock.now().getTime() - provenAt <= maxAgeSeconds * 1_000) return null;
  return redirect(safeReturnPath(signInUrl(deps, { next, prompt: 'login' }), deps.issuer) ?? '/');
}
