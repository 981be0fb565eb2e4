import { CLIENT_TOPIC, CONSOLE_CLIENT_ID, PROBE_CLIENT_ID } from './client.ts';
import { createClientStore } from './client-store.ts';
import type { ClientsDeps } from './context.ts';
import { type StoredClient, toMetadata } from './stored-client.ts';
import { defaultSettings } from './settings/validate-settings.ts';

export interface EnsureOwnClientsInput {
  /** Our own public origin, without a slash at the end. */
  readonly issuer: string;
}

type Deps = Pick<ClientsDeps, 'db' | 'feed' | 'clock'>;

/**
 * Makes sure that the console of this server and its probe are registered as apps of their own (`response_type=none`)
 * at the present address. Safe to call at every start and on every node.
 */
export async function ensureOwnClients(
  deps: Deps,
  { issuer }: EnsureOwnClientsInput,
): Promise<void> {
  const console = consoleClient(issuer, deps.clock.now());
  await ensureClient(deps, console);
  await ensureClient(deps, {
    ...console,
    id: PROBE_CLIENT_ID,
    name: 'Consentry revocation probe',
    // It has to go the way that any other app goes.
    isFirstParty: false,
  });
}

async function ensureClient(deps: Deps, wanted: StoredClient): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const store = createClientStore(tx);
    await store.insert(wanted, { by: null });
    const found = await store.findForChange(wanted.id);
    if (found !== null && isSame(found, wanted)) return;
    await store.update(wanted, null);
    await deps.feed.publish(tx, CLIENT_TOPIC, wanted.id);
  });
}

function consoleClient(issuer: string, now: Date): StoredClient {
  return {
    ...defaultSettings('web'),
    id: CONSOLE_CLIENT_ID,
    name: 'Consentry',
    ownerAccountId: null,
    status: 'active',
    isHeldByAdministrator: false,
    tokensCutOffAt: null,
    isFirstParty: true,
    isVerified: true,
    applicationType: 'web',
    scopes: ['openid'],
    redirectUris: [`${issuer}/account/signed-in`],
    postLogoutRedirectUris: [`${issuer}/`],
    grantTypes: [],
    responseTypes: ['none'],
    tokenEndpointAuthMethod: 'none',
    requirePkce: false,
    sectorIdentifierHost: null,
    requests: [],
    purposeVersions: {},
    secretFingerprints: [],
    createdAt: now,
    updatedAt: now,
  };
}

function isSame(found: StoredClient, wanted: StoredClient): boolean {
  return (
    found.name === wanted.name &&
    found.status === wanted.status &&
    found.isFirstParty === wanted.isFirstParty &&
    found.isVerified === wanted.isVerified &&
    canonical(toMetadata(found)) === canonical(toMetadata(wanted))
  );
}

// jsonb gives names back in an order of its own.
function canonical(metadata: object): string {
  return JSON.stringify(Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
