import type { Database } from '../platform/postgres/postgres.ts';
import { ARTIFACT_DEFINITIONS, type ArtifactKind } from './artifact.ts';
import type { TokensContext } from './context.ts';
import type { GrantFilter } from './grant.ts';
import { createGrantStore } from './grant-store.ts';

/** Kinds under grants whose rows are in Postgres only where there is no Redis. */
const LOSABLE: readonly ArtifactKind[] = [
  'AuthorizationCode',
  'AccessToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
];

/**
 * Ends grants permanently, with everything issued under them. When `tx` commits, every node is notified, and all
 * artifacts under the grants are refused from then on, because each use looks up its grant first.
 * @returns how many grants ended now.
 */
export async function revokeGrants(
  ctx: Pick<TokensContext, 'feed' | 'clock' | 'redis'>,
  tx: Database,
  filter: GrantFilter,
): Promise<number> {
  const store = createGrantStore(tx);
  const ended = await store.revoke(filter, ctx.clock.now());
  if (ended.length === 0) return 0;
  const kinds: readonly ArtifactKind[] = ['RefreshToken', ...(ctx.redis === null ? LOSABLE : [])];
  for (const kind of kinds) await store.deleteIssued(ARTIFACT_DEFINITIONS[kind].table, ended);
  for (const grantId of ended) await ctx.feed.publish(tx, 'grant', grantId);
  return ended.length;
}
