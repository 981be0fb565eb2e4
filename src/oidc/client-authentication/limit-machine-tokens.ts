import type { Clients } from '../../clients/index.ts';
import { GRANT_SCOPES } from '../grant-management/grant-management.ts';
import type { ArtifactPayload, ArtifactStore } from '../../tokens/index.ts';

/**
 * Tokens of apps that act for themselves, with no more permissions than the app is registered for at this moment. No grant
 * stands behind such a token, so a permission that was taken from the app ends here. A token that loses all is not found. To
 * look after its own grants is every app's right.
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
      const mayHave = new Set([...(client?.scopes ?? []), ...Object.values(GRANT_SCOPES)]);
      const scopes = payload.scope.split(' ').filter((scope) => mayHave.has(scope));
      return scopes.length === 0 ? undefined : Object.assign(payload, { scope: scopes.join(' ') });
    },
  };
}
