import { CLIENT_TOPIC, CONSOLE_CLIENT_ID } from './client.ts';
import { createClientStore } from './client-store.ts';
import type { ClientsDeps } from './clients-deps.ts';
import { type StoredClient, toMetadata } from './stored-client.ts';
import { defaultSettings } from './validate-settings.ts';

export interface EnsureConsoleClientInput {
  /** Our own public origin, without a slash at the end. */
  readonly issuer: string;
}

/**
 * Makes sure that the console of this server is registered as an app of its own (`response_type=none`) at the present address.
 * Safe to call at every start and on every node.
 */
export async function ensureConsoleClient(
  deps: Pick<ClientsDeps, 'db' | 'feed' | 'clock'>,
  { issuer }: EnsureConsoleClientInput,
): Promise<void> {
  const wanted = consoleClient(issuer, deps.clock.now());
  await deps.db.transaction(async (tx) => {
    const store = createClientStore(tx);
    await store.insert(wanted, null);
    const found = await store.findForChange(CONSOLE_CLIENT_ID);
    if (found !== null && isSame(found, wanted)) return;
    await store.update(wanted, null);
    await deps.feed.publish(tx, CLIENT_TOPIC, CONSOLE_CLIENT_ID);
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
