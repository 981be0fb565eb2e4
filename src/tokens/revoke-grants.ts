import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
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
  for (const table of tablesOfIssued(ctx)) await store.deleteIssued(table, ended);
  for (const grantId of ended) await ctx.feed.publish(tx, 'grant', grantId);
  return ended.length;
}

/**
 * Members of a `with` clause that end the grants of a session permanently, except those of some apps, as {@link revokeGrants} does.
 * `ended` is a member with the column `uid`, which has a row when the session ends. The member `revoked` has the ids of the grants in
 * its column `key`.
 */
export function sessionGrantsRevocation(
  ctx: Pick<TokensContext, 'clock' | 'redis'>,
  ended: SqlStatement,
  exceptClientIds: readonly string[],
): readonly SqlStatement[] {
  // The argument from the row of `ended` makes sure that nothing is revoked without that row.
  const revoked = sql`revoked as materialized (
    select key from ${ended} cross join lateral
      revoke_session_grants(${ended}.uid, ${exceptClientIds}::text[], ${ctx.clock.now()}::timestamptz) as key)`;
  const deletions = tablesOfIssued(ctx).map(
    (table) => sql`${sql.identifier(`deleted_${table}`)} as (
      delete from ${sql.identifier(table)} where grant_id in (select key from revoked))`,
  );
  return [revoked, ...deletions];
}

function tablesOfIssued({ redis }: Pick<TokensContext, 'redis'>): readonly string[] {
  const kinds: readonly ArtifactKind[] = ['RefreshToken', ...(redis === null ? LOSABLE : [])];
  return kinds.map((kind) => ARTIFACT_DEFINITIONS[kind].table);
}
