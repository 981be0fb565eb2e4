import { setTimeout as pause } from 'node:timers/promises';

import type { Provider } from 'oidc-provider';

import { type Client, PROBE_CLIENT_ID } from '../../clients/index.ts';
import type { ConsentRequest } from '../../consents/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { OidcContext } from '../context.ts';

/** The slices that a measurement needs, and the provider in use. */
interface MeasureRevocationContext extends Pick<
  OidcContext,
  'db' | 'clock' | 'accounts' | 'clients' | 'consents' | 'tokens'
> {
  readonly vault: Pick<Vault, 'createKey'>;
  readonly provider: () => Provider;
}

/** The account that agrees and withdraws. It has no address, no password and no values, so no sign-in to it is possible. */
const PROBE_ACCOUNT_ID = '00000000-0000-4000-8000-000000000001';

const GRANT_SECONDS = 60;
const JOIN_MS = 800;
const LONGEST_WAIT_MS = 5_000;
const LOOK_MS = 20;

/**
 * Measures once the time from a withdrawal to the refusal by every node. A test app of this server gets a token for a
 * test account, every node watches that token, and the account withdraws its consent like any person.
 */
export async function measureRevocation(deps: MeasureRevocationContext): Promise<void> {
  const rounds = deps.tokens.revocationRounds;
  const roundId = await rounds.begin(await issueProbeToken(deps));
  // Nodes have no list of each other, so the nodes that have answered by then are counted.
  await pause(JOIN_MS);
  await rounds.startTime(roundId);
  await deps.consents.withdraw({ accountId: PROBE_ACCOUNT_ID, clientId: PROBE_CLIENT_ID });
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const { watching, refused } = await rounds.progress(roundId);
    if (refused === watching || performance.now() > deadline) break;
    await pause(LOOK_MS);
  }
  await rounds.finish(roundId);
}

async function issueProbeToken(deps: MeasureRevocationContext): Promise<string> {
  await ensureProbeAccount(deps);
  const client = await deps.clients.find(PROBE_CLIENT_ID);
  if (client === null) throw new Error('the probe is not registered');
  const consent = await deps.consents.decide({
    accountId: PROBE_ACCOUNT_ID,
    request: requestOf(client),
    decision: { claims: {} },
    locale: 'en',
  });
  const grant = await deps.tokens.createGrant(deps.db, {
    accountId: PROBE_ACCOUNT_ID,
    clientId: PROBE_CLIENT_ID,
    consentId: consent.id,
    sessionUid: null,
    expiresInSeconds: GRANT_SECONDS,
  });
  const provider = deps.provider();
  const libraryClient = await provider.Client.find(PROBE_CLIENT_ID);
  if (libraryClient === undefined) throw new Error('the probe is unknown to the provider');
  const token = new provider.AccessToken({
    client: libraryClient,
    accountId: PROBE_ACCOUNT_ID,
    grantId: grant.id,
    scope: 'openid',
    gty: 'authorization_code',
  });
  return token.save();
}

function requestOf(client: Client): ConsentRequest {
  return { client, scopes: ['openid'], claims: [], resources: [] };
}

async function ensureProbeAccount(deps: MeasureRevocationContext): Promise<void> {
  if ((await deps.accounts.find(PROBE_ACCOUNT_ID)) !== null) return;
  await deps.db.transaction(async (tx) => {
    const createdAt = deps.clock.now();
    await deps.accounts.importMany(tx, [
      { id: PROBE_ACCOUNT_ID, status: 'active', statusReason: null, locale: 'en', createdAt },
    ]);
    await deps.vault.createKey(tx, PROBE_ACCOUNT_ID);
  });
}
