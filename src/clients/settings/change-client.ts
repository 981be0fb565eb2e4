import { AppError } from '../../platform/app-error.ts';
import type { Catalogue } from '../../scopes/index.ts';
import { changeManaged } from '../change-managed.ts';
import { type Client, needsSecret } from '../client.ts';
import { createClientRequestStore } from '../requests/client-request-store.ts';
import { createClientSecretStore } from '../secrets/client-secret-store.ts';
import type { ChangeClientInput, ClientSettings } from '../clients.ts';
import type { ClientsDeps } from '../context.ts';
import type { StoredClient } from '../stored-client.ts';
import { tidySettings } from './client-settings.ts';
import { sectorHost, settingsProblems } from './validate-settings.ts';

/**
 * Changes an app's settings. Requests for claims that its scopes no longer reach are dropped; its secrets are deleted when it
 * stops using one.
 * @throws AppError `client_not_found`, `client_invalid` with `fields`.
 */
export async function changeClient(deps: ClientsDeps, input: ChangeClientInput): Promise<Client> {
  const catalogue = await deps.scopes.catalogue();
  return changeManaged(deps, input, async (tx, before) => {
    const settings = tidySettings({ ...before, ...input.changes });
    refuseProblems(before, settings, catalogue);
    const client = withReachableRequests(
      { ...before, ...settings, sectorIdentifierHost: sectorHost(settings) },
      catalogue,
    );
    if (client.requests.length < before.requests.length) {
      await createClientRequestStore(tx).replaceAll(client.id, client.requests);
    }
    const isSecretless = !needsSecret(client.tokenEndpointAuthMethod);
    if (isSecretless) await createClientSecretStore(tx).deleteAll(client.id);
    return {
      client: isSecretless ? { ...client, secretFingerprints: [] } : client,
      event: { kind: 'client.changed', details: { changed: changedNames(before, settings) } },
    };
  });
}

function refuseProblems(
  before: StoredClient,
  settings: ClientSettings,
  catalogue: Catalogue,
): void {
  const fields = settingsProblems({
    type: before.applicationType,
    settings,
    catalogue,
    scopesBefore: before.scopes,
  });
  // Every person would get a new `sub` for the app.
  const isMoved = before.sectorIdentifierHost !== null && settings.subjectType === 'pairwise';
  if (isMoved && sectorHost(settings) !== before.sectorIdentifierHost) {
    fields['redirectUris'] ??= 'pairwise_host_fixed';
  }
  if (Object.keys(fields).length > 0) throw new AppError('invalid', 'client_invalid', { fields });
}

function withReachableRequests(client: StoredClient, catalogue: Catalogue): StoredClient {
  const reachable = new Set(catalogue.permittedClaims(client.scopes));
  return { ...client, requests: client.requests.filter(({ claim }) => reachable.has(claim)) };
}

function changedNames(before: StoredClient, after: ClientSettings): string[] {
  const names = Object.keys(after) as (keyof ClientSettings)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
