import type { Adapter, Provider } from 'oidc-provider';

import { type Client, type Clients, toProviderMetadata } from '../../clients/index.ts';

import { isStorableText } from '../../platform/storable-text.ts';
import { requireRegisteredMethod } from '../client-authentication/client-authentication.ts';
import { toProviderError } from '../provider-errors.ts';
import { refusingAdapter } from './refusing-adapter.ts';

/** Read-only, because apps are changed through our own API, whose rules the library does not implement. */
export function createClientAdapter(clients: Clients): Adapter {
  return {
    ...refusingAdapter('a client is written through the clients slice only'),
    find: async (clientId: string) => {
      const client = await toProviderError(clients.find(clientId));
      return client === null || client.status !== 'active' ? undefined : toProviderMetadata(client);
    },
  };
}

/**
 * Three changes to the library's Client class of this provider.
 *
 * Secrets: the library compares with one secret in clear; we store the fingerprints of several secrets.
 *
 * Finding: the library serialises and hashes the metadata at every look-up to see whether it changed, and keeps 100
 * clients. Our `clients.find` returns the same object until the client changes, so that object is the key.
 *
 * Sign-out notices: the library sends them within the request, and only at its own sign-out page. Ours are written with the end of
 * the session, whatever ends it, and sent by a job (`logout-notices/`).
 */
export function adaptClientClass(provider: Provider, clients: Clients): void {
  type ProviderClient = InstanceType<typeof provider.Client>;
  const built = new WeakMap<Client, ProviderClient>();
  const buildFresh = provider.Client.find.bind(provider.Client);

  Object.assign(provider.Client, {
    find: async (clientId: unknown): Promise<ProviderClient | undefined> => {
      if (typeof clientId !== 'string' || clientId === '' || !isStorableText(clientId)) {
        return undefined;
      }
      const client = await toProviderError(clients.find(clientId));
      if (client === null || client.status !== 'active') return undefined;
      const known = built.get(client);
      if (known !== undefined) return known;
      const fresh = await buildFresh(clientId);
      if (fresh !== undefined) built.set(client, fresh);
      return fresh;
    },
  });
  Object.assign(provider.Client.prototype, {
    async compareClientSecret(this: ProviderClient, secret: string): Promise<boolean> {
      const isRight = await toProviderError(clients.verifySecret(this.clientId, secret));
      if (isRight) requireRegisteredMethod(this);
      return isRight;
    },
    backchannelLogout: async (): Promise<void> => undefined,
  });
}
