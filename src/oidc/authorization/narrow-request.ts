import { type Client as ProviderClient, errors, type KoaContextWithOIDC } from 'oidc-provider';

import type { Client } from '../../clients/index.ts';
import { toProviderError } from '../provider-errors.ts';
import type { OidcContext } from '../context.ts';
import { words } from '../words.ts';

/**
 * Removes the scopes that the app has not registered from an authorization request, before the person sees a page. They
 * are ignored (RFC 6749 §3.3) and are missing in `scope` of the token response. Runs for pushed requests too.
 * @throws InvalidScope when no scope is left, or none was requested.
 */
export async function narrowRequest(
  { clients, log }: OidcContext,
  ctx: KoaContextWithOIDC,
  { clientId }: ProviderClient,
): Promise<void> {
  const client = await toProviderError(clients.find(clientId));
  const parameters = ctx.oidc.params as { scope?: string | undefined };
  if (client === null) return;
  if (parameters.scope === undefined && requestedScopes(ctx).length === 0) {
    throw new errors.InvalidScope('scope is missing: name at least openid', '');
  }
  const known = new Set(words(parameters.scope));
  const kept = requestedScopes(ctx).filter(
    (scope) => client.scopes.includes(scope) && (known.has(scope) || isLasting(client, scope, ctx)),
  );
  const dropped = requestedScopes(ctx).filter((scope) => !kept.includes(scope));
  if (dropped.length > 0) {
    clients
      .noteFailure({
        clientId,
        endpoint: ctx.oidc.route,
        code: 'scope_dropped',
        reason: reasonFor(dropped, client),
      })
      .catch((error: unknown) => log.warn({ err: error }, 'a dropped scope could not be recorded'));
  }
  if (kept.length === 0) {
    throw new errors.InvalidScope('none of these scopes is registered for this app', '');
  }
  parameters.scope = kept.join(' ');
}

/** The developer reads these names, so only texts of moderate length that can be a scope (RFC 6749 §3.3) are included. */
function reasonFor(dropped: readonly string[], client: Client): string {
  const named = (scopes: readonly string[]) => scopes.map((scope) => scope.slice(0, 60)).join(' ');
  const foreign = dropped.filter((scope) => !client.scopes.includes(scope));
  const needsResource = dropped.filter((scope) => client.scopes.includes(scope));
  return [
    ...(foreign.length > 0 ? [`not registered for this app: ${named(foreign)}`] : []),
    ...(needsResource.length > 0 ? [`needs its resource: ${named(needsResource)}`] : []),
  ].join('; ');
}

/**
 * The library drops `offline_access` unless the request has `prompt=consent`. A stored consent is the other condition that
 * OpenID Connect Core 1.0 §11 allows: the person decides once, and the consent stores the decision.
 */
function isLasting(client: Client, scope: string, { oidc }: KoaContextWithOIDC): boolean {
  const { response_type: type } = oidc.params as { response_type?: string };
  return (
    scope === 'offline_access' &&
    client.grantTypes.includes('refresh_token') &&
    words(type).includes('code')
  );
}

/** The scopes as the app sent them: in the query, in the body, or in the request it pushed before (RFC 9126). */
function requestedScopes({ oidc, method, query }: KoaContextWithOIDC): string[] {
  const pushed = oidc.entities.PushedAuthorizationRequest?.request;
  const { scope } =
    pushed === undefined ? ((method === 'POST' ? oidc.body : query) ?? {}) : payloadOf(pushed);
  return words(typeof scope === 'string' ? scope : '');
}

function payloadOf(jwt: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = jwt.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
}
