import { CLIENT_TOPIC, CONSOLE_CLIENT_ID, PROBE_CLIENT_ID } from './client.ts';
import { createClientStore } from './client-store.ts';
import type { ClientsContext } from './context.ts';
import { type StoredClient, toMetadata } from './stored-client.ts';
import { defaultSettings } from './settings/client-settings.ts';

type Context = Pick<ClientsContext, 'db' | 'feed' | 'clock'>;

/**
 * Registers the console of this server and its probe as apps of their own (`response_type=none`) at the present address.
 * `issuer` is our own public origin, without a slash at the end. Safe to call at every start and on every node.
 */
export async function ensureOwnClients(
  ctx: Context,
  { issuer }: { readonly issuer: string },
): Promise<void> {
  const console = consoleClient(issuer, ctx.clock.now());
  await ensureClient(ctx, console);
  await ensureClient(ctx, {
    ...console,
    id: PROBE_CLIENT_ID,
    name: 'Consentry revocation probe',
    // The probe measures the path of third-party apps, which need consent.
    isFirstParty: false,
  });
}

async function ensureClient(ctx: Context, wanted: StoredClient): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const store = createClientStore(tx);
    await store.insert(wanted, { by: null });
    const found = await store.findForChange(wanted.id);
    if (found !== null && isSame(found, wanted)) return;
    await store.update(wanted, null);
    await ctx.feed.publish(tx, CLIENT_TOPIC, wanted.id);
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
    logo: null,
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

// jsonb does not keep the order of names.
function canonical(metadata: object): string {
  return JSON.stringify(Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
