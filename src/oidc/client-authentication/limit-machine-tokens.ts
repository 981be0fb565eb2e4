import type { Clients } from '../../clients/index.ts';
import { GRANT_SCOPE_NAMES } from '../grant-management/grant-management.ts';
import type { ArtifactPayload, ArtifactStore } from '../../tokens/index.ts';

/**
 * Limits tokens of apps that act for themselves to the permissions that the app has now. Such a token has no grant, so
 * the removal of a permission takes effect here. A token without remaining permissions is not found. Every app keeps
 * the permission to manage its own grants.
 */
export function limitMachineTokens(
  store: ArtifactStore,
  clients: Pick<Clients, 'find'>,
): ArtifactStore {
  return {
    ...store,
    find: async (id: string): Promise<ArtifactPayload | undefined> => {
      const payload: (ArtifactPayload & { readonly scope?: string | undefined }) | undefined =
        await store.find(id);
      if (payload?.scope === undefined || payload.scope === '') return payload;
      const client = await clients.find(payload.clientId ?? '');
      const mayHave = new Set([...(client?.scopes ?? []), ...GRANT_SCOPE_NAMES]);
      const scopes = payload.scope.split(' ').filter((scope) => mayHave.has(scope));
      return scopes.length === 0 ? undefined : Object.assign(payload, { scope: scopes.join(' ') });
    },
  };
}
