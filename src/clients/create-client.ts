import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { numberRequests, requestProblems } from './requests/claim-requests.ts';
import { CLIENT_TOPIC, type Client, needsSecret, newClientId } from './client.ts';
import { createClientRequestStore } from './requests/client-request-store.ts';
import { createClientStore } from './client-store.ts';
import type {
  ClientSettings,
  CreateClientInput,
  CreateNamedClientInput,
  CreatedClient,
} from './clients.ts';
import type { ClientsDeps } from './context.ts';
import { storeNewSecret } from './secrets/new-secret.ts';
import type { StoredClient } from './stored-client.ts';
import { tidySettings } from './settings/client-settings.ts';
import {
  defaultSettings,
  flowsOf,
  sectorHost,
  settingsProblems,
} from './settings/validate-settings.ts';

const NAME_OF_OWN = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Registers an app (RFC 7591 §2 metadata, checked more strictly).
 * @throws AppError `client_invalid` with `fields` such as `redirectUris.0` or `requests.0.purpose.en`; `draft_used`.
 */
export function createClient(deps: ClientsDeps, input: CreateClientInput): Promise<CreatedClient> {
  return register(deps, { input, id: newClientId() });
}

/** Registers an app under a readable id, for the installation itself. @throws AppError as `createClient`; `client_id_taken`. */
export function createNamedClient(
  deps: ClientsDeps,
  { clientId, ...input }: CreateNamedClientInput,
): Promise<CreatedClient> {
  if (!NAME_OF_OWN.test(clientId) || UUID.test(clientId)) {
    throw new Error(`${clientId} cannot be the name of an app of this installation`);
  }
  return register(deps, { input, id: clientId });
}

interface Registration {
  readonly input: CreateClientInput;
  readonly id: string;
}

async function register(deps: ClientsDeps, { input, id }: Registration): Promise<CreatedClient> {
  const { settings, requests } = await checked(deps, input);
  const client = { ...toClient(deps.clock.now(), input, settings), id };
  const numbered = { ...client, ...numberRequests(client, requests) };

  return deps.db.transaction(async (tx) => {
    const by = input.ownerAccountId;
    if (!(await createClientStore(tx).insert(numbered, { by, draftKey: input.draftKey }))) {
      throw new AppError(
        'conflict',
        input.draftKey === undefined ? 'client_id_taken' : 'draft_used',
      );
    }
    await createClientRequestStore(tx).replaceAll(client.id, numbered.requests);
    const secret = needsSecret(client.tokenEndpointAuthMethod)
      ? await storeNewSecret(tx, client.id, { now: client.createdAt })
      : null;
    await deps.audit.record(tx, {
      kind: 'client.created',
      accountId: by,
      clientId: client.id,
      actorId: by,
      details: { applicationType: client.applicationType, scopes: client.scopes },
    });
    await deps.feed.publish(tx, CLIENT_TOPIC, client.id);
    return { client: await reread(tx, client.id), secret };
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

function toClient(
  now: Date,
  input: CreateClientInput,
  settings: ClientSettings,
): Omit<StoredClient, 'id'> {
  return {
    ...settings,
    ...flowsOf(input.applicationType),
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
