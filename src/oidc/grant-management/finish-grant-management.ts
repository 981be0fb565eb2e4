import type { Middleware } from 'koa';
import type { Client as ProviderClient, KoaContextWithOIDC } from 'oidc-provider';

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
    const named = await managedGrantId(deps, { grantId, client: oidc?.client });
    if (named !== undefined) ctx.body = { ...(ctx.body as object), grant_id: named };
  };
}

/** The id by which the app manages a grant of the provider. Only apps that can keep a secret receive it (§5.1): others could not use it. */
export async function managedGrantId(
  { tokens, consents }: Pick<OidcContext, 'tokens' | 'consents'>,
  { grantId, client }: { readonly grantId: string; readonly client: ProviderClient | undefined },
): Promise<string | undefined> {
  if (client?.clientAuthMethod === 'none') return undefined;
  const grant = await tokens.findGrant(grantId);
  const consent = grant === null ? null : await consents.recent(grant);
  return consent !== null && grant?.consentId === consent.id ? consent.grantId : undefined;
}
