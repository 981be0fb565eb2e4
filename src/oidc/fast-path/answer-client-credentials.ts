import type { ClientCredentials } from 'oidc-provider';

import { GRANT_SCOPE_NAMES } from '../grant-management/grant-management.ts';
import { describeResourceServer } from '../resource-servers.ts';
import { findResourceServer } from '../../scopes/index.ts';
import type { FastPathContext } from './context.ts';
import { authenticatePlainClient } from './plain-client.ts';
import type { PlainRequest } from './plain-request.ts';

/** Issues an opaque access token to a client that acts for itself (RFC 6749 §4.4). Null for refusals and JWTs. */
export async function answerClientCredentials(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const { form } = request;
  const client = await authenticatePlainClient(ctx, request);
  if (client === null || !client.grantTypeAllowed('client_credentials')) return null;
  const { scope = '', resource = '' } = form as { scope?: string; resource?: string };
  const scopes = [...new Set(scope === '' ? [] : scope.split(' '))];
  const token = new ctx.provider.ClientCredentials({ client });
  if (resource === '') {
    if (!scopes.every((name) => GRANT_SCOPE_NAMES.includes(name))) return null;
    token.scope = scopes.join(' ') || undefined;
  } else if (!(await bindToResource(ctx, token, { resource, scopes, clientId: client.clientId }))) {
    return null;
  }
  const value = await token.save();
  return JSON.stringify({
    access_token: value,
    expires_in: token.expiration,
    scope: token.scope,
    token_type: token.tokenType,
  });
}

interface BindInput {
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly clientId: string;
}

/**
 * Makes the token one for an API (RFC 8707 §2.2). @returns false for an API that is named in another form than it is registered,
 * for an API with JWTs, and when none of the requested scopes is left.
 * @throws InvalidTarget as the library does.
 */
async function bindToResource(
  ctx: FastPathContext,
  token: ClientCredentials,
  { resource, scopes, clientId }: BindInput,
): Promise<boolean> {
  const registered = findResourceServer(ctx.catalogue.resourceServers, resource);
  if (registered?.identifier !== resource) return false;
  const described = await describeResourceServer(ctx, resource, clientId);
  if (described.accessTokenFormat !== 'opaque') return false;
  const server = new ctx.provider.ResourceServer(resource, described);
  const usable = scopes.filter((name) => server.scopes.has(name));
  if (usable.length < Math.min(1, scopes.length)) return false;
  token.resourceServer = server;
  token.scope = usable.join(' ') || undefined;
  return true;
}
