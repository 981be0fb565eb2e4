import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { ARTIFACT_DEFINITIONS } from './artifact.ts';
import type { GrantFilter } from './grant.ts';
import { createGrantStore } from './grant-store.ts';

export interface RevokeGrantsDeps {
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  /** Whether short-lived things are in Postgres too, and not in Redis. */
  readonly isAllInPostgres: boolean;
}

const GRANT_BOUND = [
  ARTIFACT_DEFINITIONS.AuthorizationCode,
  ARTIFACT_DEFINITIONS.AccessToken,
  ARTIFACT_DEFINITIONS.DeviceCode,
  ARTIFACT_DEFINITIONS.BackchannelAuthenticationRequest,
].map(({ table }) => table);

/**
 * Ends grants for good, with their refresh tokens. When the caller's transaction commits, every node is notified, and
 * all other artifacts under them are refused from then on, because each use looks up its grant first.
 * @returns how many grants ended now.
 */
export async function revokeGrants(
  deps: RevokeGrantsDeps,
  { tx, filter }: { readonly tx: Database; readonly filter: GrantFilter },
): Promise<number> {
  const store = createGrantStore(tx);
  const ended = await store.revoke(filter, deps.clock.now());
  if (ended.length === 0) return 0;
  const { table } = ARTIFACT_DEFINITIONS.RefreshToken;
  await store.deleteIssued(deps.isAllInPostgres ? [table, ...GRANT_BOUND] : [table], ended);
  for (const grantId of ended) await deps.feed.publish(tx, 'grant', grantId);
  return ended.length;
}
