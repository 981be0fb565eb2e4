import { AppError } from '../../platform/app-error.ts';
import type { Catalogue } from '../../scopes/index.ts';
import { type Client, type ManagedInput, needsSecret } from '../client.ts';
import { createClientStore } from '../client-store.ts';
import type { ClientsContext } from '../context.ts';
import { changeManaged } from '../managed-client.ts';
import { createClientSecretStore } from '../secrets/client-secret-store.ts';
import type { StoredClient } from '../stored-client.ts';
import { type ClientSettings, sectorHost, tidySettings } from './client-settings.ts';
import { looksOfficial } from './official-names.ts';
import { settingsProblems } from './validate-settings.ts';

/**
 * Changes an app's settings; absent ones stay as they are. Requests for claims that its scopes no longer contain are
 * dropped; its secrets are deleted when it stops using one.
 * @throws AppError `client_not_found`, `client_invalid` with `fields`.
 */
export async function changeClient(
  ctx: ClientsContext,
  { changes, ...managed }: ManagedInput & { readonly changes: Partial<ClientSettings> },
): Promise<Client> {
  const catalogue = await ctx.scopes.catalogue();
  return changeManaged(ctx, managed, async (tx, before) => {
    const settings = tidySettings({ ...before, ...changes });
    requireValid({ ...ctx, before, settings, catalogue });
    const isRenamed = before.name !== settings.name && !managed.manager.isAdministrator;
    if (isRenamed && (await looksOfficial({ ...ctx, db: tx }, { ...before, name: settings.name })))
      throw new AppError('invalid', 'client_invalid', { fields: { name: 'name_looks_official' } });
    const permitted = new Set(catalogue.permittedClaims(settings.scopes));
    const requests = before.requests.filter(({ claim }) => permitted.has(claim));
    if (requests.length < before.requests.length) {
      await createClientStore(tx).replaceRequests(before.id, requests);
    }
    const usesSecret = needsSecret(settings.tokenEndpointAuthMethod);
    if (!usesSecret) await createClientSecretStore(tx).deleteAll(before.id);
    return {
      client: {
        ...before,
        ...settings,
        sectorIdentifierHost: sectorHost(settings),
        requests,
        secretFingerprints: usesSecret ? before.secretFingerprints : [],
      },
      event: { kind: 'client.changed', details: { changed: changedNames(before, settings) } },
    };
  });
}

interface ChangeCheck extends Pick<ClientsContext, 'outbound'> {
  readonly before: StoredClient;
  readonly settings: ClientSettings;
  readonly catalogue: Catalogue;
}

function requireValid({ before, settings, catalogue, outbound }: ChangeCheck): void {
  const fields = settingsProblems({
    type: before.applicationType,
    settings,
    catalogue,
    scopesBefore: before.scopes,
    outbound,
  });
  // Otherwise every person would get a new `sub` for the app.
  const isMoved = before.sectorIdentifierHost !== null && settings.subjectType === 'pairwise';
  if (isMoved && sectorHost(settings) !== before.sectorIdentifierHost) {
    fields['redirectUris'] ??= 'pairwise_host_fixed';
  }
  if (Object.keys(fields).length > 0) throw new AppError('invalid', 'client_invalid', { fields });
}

function changedNames(before: StoredClient, after: ClientSettings): string[] {
  const names = Object.keys(after) as (keyof ClientSettings)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
