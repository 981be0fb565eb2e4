import { errors, Provider } from 'oidc-provider';

import { GRANT_SCOPE_NAMES } from './grant-management/grant-management.ts';
import { toProviderError } from './provider-errors.ts';
import type { OidcContext } from './context.ts';
import { words } from './words.ts';

/** The members of a `client_credentials` token that these checks need. */
interface OwnToken {
  readonly clientId?: string | undefined;
  scope?: string | undefined;
  readonly resourceServer?: { readonly scope?: string | undefined } | undefined;
}

/**
 * Narrows the permissions that an app gets in its own name (RFC 6749 §4.4) when the token is made: permissions of the API that it
 * registered, and those that need no person at all. Every other scope is dropped, and missing in the answer (§5.1).
 * @throws InvalidTarget for an API without a remaining permission; UnauthorizedClient when an app with sign-in requests
 * more than the management of its grants.
 */
export function adaptOwnTokenClass(provider: Provider, { clients }: OidcContext): void {
  const { prototype } = provider.ClientCredentials;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the token below
  const { save } = prototype;
  Object.assign(prototype, {
    async save(this: OwnToken, ...rest: Parameters<typeof save>): Promise<string> {
      const client = await toProviderError(clients.find(this.clientId ?? ''));
      const hasNamedScopes = Provider.ctx?.oidc.params?.['scope'] !== undefined;
      this.scope = narrowed(this).join(' ') || undefined;
      if (this.resourceServer !== undefined && hasNamedScopes && this.scope === undefined) {
        throw new errors.InvalidTarget('none of these scopes is registered for this app and API');
      }
      if (client?.grantTypes.includes('authorization_code') === true) refuseMore(this);
      return save.apply(this as InstanceType<Provider['ClientCredentials']>, rest);
    },
  });
}

function narrowed({ scope, resourceServer }: OwnToken): string[] {
  // The description of the API contains only the permissions that this app registered.
  const usable = resourceServer === undefined ? GRANT_SCOPE_NAMES : words(resourceServer.scope);
  return words(scope).filter((name) => usable.includes(name));
}

/** A person must allow everything that such an app may do, except the management of its grants. */
function refuseMore({ scope, resourceServer }: OwnToken): void {
  if (scope !== undefined && resourceServer === undefined) return;
  throw new errors.UnauthorizedClient('this app may act for itself only to manage its grants');
}
