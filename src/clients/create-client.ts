import crypto from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres.ts';
import { numberRequests, requestProblems } from './claim-requests.ts';
import { CLIENT_TOPIC, type Client, type NewSecret, needsSecret } from './client.ts';
import { createClientRequestStore } from './client-request-store.ts';
import { createClientStore } from './client-store.ts';
import type { ClientSettings, CreateClientInput, CreatedClient } from './clients.ts';
import type { ClientsDeps } from './clients-deps.ts';
import { storeNewSecret } from './new-secret.ts';
import type { StoredClient } from './stored-client.ts';
import { tidySettings } from './tidy-settings.ts';
import { defaultSettings, flowsOf, sectorHost, settingsProblems } from './validate-settings.ts';

/**
 * Registers an app (RFC 7591 §2 metadata, checked more strictly).
 * @throws AppError `client_invalid` with `fields` such as `redirectUris.0` or `requests.0.purpose.en`; `client_id_taken`.
 */
export async function createClient(
  deps: ClientsDeps,
  input: CreateClientInput,
): Promise<CreatedClient> {
  const { settings, requests } = await checked(deps, input);
  const client = toClient(deps.clock.now(), input, settings);
  const numbered = { ...client, ...numberRequests(client, requests) };

  return deps.db.transaction(async (tx) => {
    const by = input.ownerAccountId;
    if (!(await createClientStore(tx).insert(numbered, by))) {
      throw new AppError('conflict', 'client_id_taken');
    }
    await createClientRequestStore(tx).replaceAll(client.id, numbered.requests);
    const secret = needsSecret(client.tokenEndpointAuthMethod)
      ? await storeNewSecret(tx, client.id, { id: crypto.randomUUID(), now: client.createdAt })
      : null;
    await deps.audit.record(tx, {
      kind: 'client.created',
      accountId: by,
      clientId: client.id,
      actorId: by,
      details: { applicationType: client.applicationType, scopes: client.scopes },
    });
    await deps.feed.publish(tx, CLIENT_TOPIC, client.id);
    return { client: await reread(tx, client.id), secret } satisfies {
      client: Client;
      secret: NewSecret | null;
    };
  });
}

async function checked(
  deps: ClientsDeps,
  input: CreateClientInput,
): Promise<{ settings: ClientSettings; requests: NonNullable<CreateClientInput['requests']> }> {
  const type = input.applicationType;
  const settings = tidySettings({ ...defaultSettings(type), ...input });
  const catalogue = await deps.scopes.catalogue();
  const requests = input.requests ?? [];
  const fields = {
    ...settingsProblems({ type, settings, catalogue, scopesBefore: [] }),
    ...requestProblems(requests, settings.scopes, catalogue),
  };
  if (Object.keys(fields).length > 0) throw new AppError('invalid', 'client_invalid', { fields });
  return { settings, requests };
}

function toClient(now: Date, input: CreateClientInput, settings: ClientSettings): StoredClient {
  return {
    ...settings,
    ...flowsOf(input.applicationType),
    id: input.id ?? crypto.randomUUID(),
    ownerAccountId: input.ownerAccountId,
    status: 'active',
    isHeldByAdministrator: false,
    tokensCutOffAt: null,
    isFirstParty: false,
    isVerified: false,
    applicationType: input.applicationType,
    sectorIdentifierHost: sectorHost(settings),
    requests: [],
    purposeVersions: {},
    secretFingerprints: [],
    createdAt: now,
    updatedAt: now,
  };
}

async function reread(tx: Database, clientId: string): Promise<Client> {
  const client = await createClientStore(tx).find(clientId);
  if (client === null) throw new Error('an app that was just written is not there');
  return client;
}
