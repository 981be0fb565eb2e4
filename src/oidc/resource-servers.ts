import { errors, type ResourceServer } from 'oidc-provider';

import { toProviderError } from './provider-errors.ts';
import type { OidcContext } from './context.ts';

/**
 * Describes the API of a token to the library (RFC 8707): with only the scopes that this app may request.
 * @throws InvalidTarget for an API that is not registered or retired, or of which the app registered no permission.
 */
export async function describeResourceServer(
  deps: Pick<OidcContext, 'scopes' | 'clients'>,
  identifier: string,
  clientId: string,
): Promise<ResourceServer> {
  const [catalogue, client] = await toProviderError(
    Promise.all([deps.scopes.catalogue(), deps.clients.find(clientId)]),
  );
  const server = catalogue.resourceServers.find((known) => known.identifier === identifier);
  if (server === undefined || client === null) throw new errors.InvalidTarget();
  const offered = catalogue.apiScopes
    .filter((scope) => scope.resource === identifier && client.scopes.includes(scope.name))
    .map((scope) => scope.name);
  if (offered.length === 0) {
    throw new errors.InvalidTarget('this app has registered no permission of this API');
  }
  return {
    scope: offered.join(' '),
    audience: identifier,
    accessTokenTTL: server.accessTokenLifetimeSeconds,
    accessTokenFormat: server.accessTokenFormat,
    ...(server.accessTokenFormat === 'jwt' ? { jwt: { sign: { alg: 'ES256' } } } : {}),
  };
}
