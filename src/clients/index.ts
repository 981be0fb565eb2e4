import { createBatchedLoad } from '../platform/batched-load.ts';
import { bindUseCases } from '../platform/bind-use-cases.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import { CLIENT_TOPIC, type Client, type ManagedInput } from './client.ts';
import { type ClientQuery, createClientStore } from './client-store.ts';
import type { ClientsContext } from './context.ts';
import { createClient, createNamedClient } from './create-client.ts';
import { createFailedRequestStore } from './failed-requests/failed-request-store.ts';
import { noteFailedRequest } from './failed-requests/note-failed-request.ts';
import type { LogoFormat } from './logos/client-logo.ts';
import { createClientLogoStore } from './logos/client-logo-store.ts';
import { removeClientLogo, setClientLogo } from './logos/set-client-logo.ts';
import { findWithDeleted, findManaged } from './managed-client.ts';
import { setClaimRequests } from './requests/set-claim-requests.ts';
import { setRequestedAccess } from './requests/set-requested-access.ts';
import { createClientSecretStore } from './secrets/client-secret-store.ts';
import { removeSecret } from './secrets/remove-secret.ts';
import { rotateSecret } from './secrets/rotate-secret.ts';
import { createSecretVerifier } from './secrets/verify-secret.ts';
import { removeClient, setClientStatus } from './set-client-status.ts';
import { setClientVerified } from './set-client-verified.ts';
import { changeClient } from './settings/change-client.ts';

export {
  CLIENT_DELETED_JOB,
  CONSOLE_CLIENT_ID,
  DURATIONS,
  OPERATOR,
  PROBE_CLIENT_ID,
  purposeIn,
} from './client.ts';
export { logoHref } from './logos/client-logo.ts';
export type {
  ApplicationType,
  ClaimRequest,
  ClaimRequestInput,
  Client,
  Duration,
  Manager,
  Purpose,
} from './client.ts';
export type { CreateClientInput } from './create-client.ts';
export { ensureOwnClients } from './ensure-own-clients.ts';
export { toProviderMetadata } from './provider-metadata.ts';
export { signInStartHref } from './sign-in-start.ts';
export { CLIENT_SIGNING_ALGORITHMS } from './settings/public-keys.ts';

const CACHED_CLIENTS = 10_000;

/** Apps that are registered here. Each use case with a `manager` throws `client_not_found` for every other person. */
export function createClients(context: ClientsContext) {
  const { db, feed, clock } = context;
  const store = createClientStore(db);
  const secrets = createClientSecretStore(db);
  const cache = createFreshCache<Client | null>({
    feed,
    topic: CLIENT_TOPIC,
    maxEntries: CACHED_CLIENTS,
    load: createBatchedLoad<Client>((clientIds) => store.findAll(clientIds)),
  });
  /** In any status; the same object until it changes. `null` when there never was one. */
  const find = (clientId: string): Promise<Client | null> => cache.get(clientId);

  return {
    ...bindUseCases(context, {
      findManaged,
      findWithDeleted,
      create: createClient,
      createNamed: createNamedClient,
      change: changeClient,
      setRequests: setClaimRequests,
      setRequestedAccess,
      setStatus: setClientStatus,
      setVerified: setClientVerified,
      setLogo: setClientLogo,
      removeLogo: removeClientLogo,
      remove: removeClient,
      rotateSecret,
      removeSecret,
      noteFailure: noteFailedRequest,
    }),
    find,
    verifySecret: createSecretVerifier({ find, secrets, clock }),

    /** Newest first, without deleted ones. */
    listOwnedBy: (accountId: string): Promise<Client[]> => store.listOwnedBy(accountId),

    /** The app that a form of this owner created; `null` when it created none. */
    findByDraft: (draft: { readonly ownerAccountId: string; readonly draftKey: string }) =>
      store.findByDraft(draft.ownerAccountId, draft.draftKey) as Promise<Client | null>,

    /** Newest first, without deleted ones and those of this server itself. */
    list: (query: ClientQuery): Promise<Client[]> => store.list(query),

    /** The number of apps, without deleted ones, that may request at least one of these scopes. */
    countRequesting: (scopes: readonly string[]) => store.countRequesting(scopes),

    /** The file of a logo by its digest; null when no app has it. */
    readLogo: (digest: string, format: LogoFormat) =>
      createClientLogoStore(db).find(digest, format),

    /** Newest first. @throws AppError `client_not_found`. */
    async listSecrets(input: ManagedInput) {
      await findManaged(context, input);
      return secrets.list(input.clientId);
    },

    /** The latest failed requests of an app, newest first. @throws AppError `client_not_found`. */
    async listFailures(input: ManagedInput) {
      await findManaged(context, input);
      return createFailedRequestStore(db).list(input.clientId);
    },

    /** The number of different failures of an app within the last day. @throws AppError `client_not_found`. */
    async countFailuresOfDay(input: ManagedInput) {
      await findManaged(context, input);
      return createFailedRequestStore(db).countOfDay(input.clientId);
    },
  };
}

export type Clients = ReturnType<typeof createClients>;
