import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

import type { Grant } from '../../tokens/index.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import type { OidcContext } from '../context.ts';

/**
 * Adds the grant id to the answer of the token endpoint (Grant Management for OAuth 2.0 §5.5). Tokens that were issued
 * before under a grant that was changed end with the commit of the redemption (§5.2), and not when the code is issued:
 * grant ids are no secrets (§10), and only the app can redeem a code.
 */
export function finishGrantManagement(deps: OidcContext): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    const grantId = oidc?.entities.Grant?.jti;
    if (ctx.path !== PROTOCOL_ROUTES.token || ctx.status !== 200 || grantId === undefined) return;
    const grant = await deps.tokens.findGrant(grantId);
    if (grant === null) return;
    if (oidc?.client?.clientAuthMethod !== 'none') await addGrantId(deps, ctx, grant);
  };
}

/** Only apps that can keep a secret receive the grant id (§5.1): others could not use it. */
async function addGrantId(
  { consents }: OidcContext,
  ctx: Parameters<Middleware>[0],
  grant: Grant,
): Promise<void> {
  const consent = await consents.find(grant);
  if (consent === null || grant.consentId !== consent.id) return;
  ctx.body = { ...(ctx.body as object), grant_id: consent.grantId };
}
