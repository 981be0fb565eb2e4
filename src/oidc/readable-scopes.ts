import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

import { decidingClaim, type Catalogue } from '../scopes/index.ts';
import { PROTOCOL_ROUTES } from './configuration.ts';

/**
 * The scopes of a token that give the app a value at this moment (RFC 6749 §5.1, RFC 7662 §2.2). A token keeps every
 * scope that was requested and is registered, so that a value shared later is in its next UserInfo response. A scope of which
 * the person shares nothing now is left out of `scope` in answers. See docs/decisions/0023.
 */
export function reportReadableScopes(catalogue: Catalogue): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.path !== PROTOCOL_ROUTES.token && ctx.path !== PROTOCOL_ROUTES.introspection) return;
    const grant = (ctx as unknown as Partial<KoaContextWithOIDC>).oidc?.entities.Grant;
    const body = ctx.body as { readonly scope?: unknown } | null | undefined;
    if (grant === undefined || typeof body?.scope !== 'string') return;
    ctx.body = { ...body, scope: readableScopes(catalogue, grant.getOIDCClaims(), body.scope) };
  };
}

/** The names in `scope` that give the app a value at this moment; `grantedClaims` are those of the grant. */
export function readableScopes(
  catalogue: Catalogue,
  grantedClaims: readonly string[],
  scope: string,
): string {
  const granted = new Set(grantedClaims);
  const readable = scope.split(' ').filter((name) => isReadable(catalogue, name, granted));
  return readable.join(' ');
}

function isReadable(catalogue: Catalogue, scope: string, granted: ReadonlySet<string>): boolean {
  const claims = catalogue
    .claimsOf(scope)
    .map(decidingClaim)
    .filter((claim) => claim !== null);
  return claims.length === 0 || claims.some((claim) => granted.has(claim));
}
