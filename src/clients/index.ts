import { createFreshCache } from '../platform/fresh-cache.ts';
import { changeClient } from './settings/change-client.ts';
import { refuseOthers } from './change-managed.ts';
import { CLIENT_TOPIC, type Client } from './client.ts';
import { createClientSecretStore } from './secrets/client-secret-store.ts';
import { createClientStore } from './client-store.ts';
import type {
  ChangeClientInput,
  ClientQuery,
  Clients,
  CreateClientInput,
  CreateNamedClientInput,
  DraftInput,
  ManagedInput,
  RemoveSecretInput,
  RotateSecretInput,
  SetClaimRequestsInput,
  SetClientStatusInput,
  SetClientVerifiedInput,
} from './clients.ts';
import type { ClientsDeps } from './context.ts';
import { createClient, createNamedClient } from './create-client.ts';
import { createFailedRequestStore } from './failed-requests/failed-request-store.ts';
import { noteFailedRequest, type NewFailedRequest } from './failed-requests/failed-requests.ts';
import { removeSecret } from './secrets/remove-secret.ts';
import { rotateSecret } from './secrets/rotate-secret.ts';
import { setClaimRequests } from './requests/set-claim-requests.ts';
import { removeClient, setClientStatus } from './set-client-status.ts';
import { setClientVerified } from './set-client-verified.ts';
import { createSecretVerifier } from './secrets/verify-secret.ts';

export { CLIENT_SIGNING_ALGORITHMS } from './settings/public-keys.ts';
export { ClientParams } from './client-path-schema.ts';
export {
  CLIENT_DELETED_JOB,
  CONSOLE_CLIENT_ID,
  DURATIONS,
  needsSecret,
  OPERATOR,
  PROBE_CLIENT_ID,
  purposeIn,
} from './client.ts';
export type {
  ApplicationType,
  ClaimRequest,
  Client,
  ClientStatus,
  Duration,
  Manager,
  NewSecret,
  Purpose,
  SecretSummary,
  TokenEndpointAuthMethod,
} from './client.ts';
export type {
  ClaimRequestInput,
  Clients,
  ClientSettings,
  CreateClientInput,
  CreatedClient,
} from './clients.ts';
export type { ClientsDeps } from './context.ts';
export { ensureOwnClients } from './ensure-own-clients.ts';
export { toProviderMetadata } from './provider-metadata.ts';

const CACHED_CLIENTS = 10_000;

/** Binds the use cases of this slice. */
export function createClients(deps: ClientsDeps): Clients {
  const { db, feed, clock } = deps;
  const store = createClientStore(db);
  const secrets = createClientSecretStore(db);
  const cache = createFreshCache<Client | null>({
    feed,
    topic: CLIENT_TOPIC,
    maxEntries: CACHED_CLIENTS,
    load: (clientId) => store.find(clientId),
  });
  const find = (clientId: string): Promise<Client | null> => cache.get(clientId);
  // A manager's view is never read from a copy, so a page shows the changes that its form has just saved.
  const findManaged = async ({ clientId, manager }: ManagedInput): Promise<Client> =>
    refuseOthers(await store.find(clientId), manager);

  return Object.freeze({
    find,
    findManaged,
    listOwnedBy: (accountId: string) => store.listOwnedBy(accountId),
    create: (input: CreateClientInput) => createClient(deps, input),
    createNamed: (input: CreateNamedClientInput) => createNamedClient(deps, input),
    findByDraft: ({ ownerAccountId, draftKey }: DraftInput) =>
      store.findByDraft(ownerAccountId, draftKey),
    change: (input: ChangeClientInput) => changeClient(deps, input),
    setRequests: (input: SetClaimRequestsInput) => setClaimRequests(deps, input),
    setStatus: (input: SetClientStatusInput) => setClientStatus(deps, input),
    setVerified: (input: SetClientVerifiedInput) => setClientVerified(deps, input),
    list: (query: ClientQuery) => store.list(query),
    remove: (input: ManagedInput) => removeClient(deps, input),
    rotateSecret: (input: RotateSecretInput) => rotateSecret(deps, input),
    removeSecret: (input: RemoveSecretInput) => removeSecret(deps, input),
    listSecrets: async (input: ManagedInput) => {
      await findManaged(input);
      return secrets.list(input.clientId);
    },
    verifySecret: createSecretVerifier({ find, secrets, clock }),
    noteFailure: (request: NewFailedRequest) => noteFailedRequest(deps, request),
    listFailures: async (input: ManagedInput) => {
      await findManaged(input);
      return createFailedRequestStore(db).list(input.clientId);
    },
    countAsking: (scope: string) => store.countAsking(scope),
    countAskingAny: (scopes: readonly string[]) => store.countAskingAny(scopes),
  });
}
