import { ARTIFACT_DEFINITIONS, type ArtifactKind, type ArtifactStore } from './artifact.ts';
import type { TokensContext } from './context.ts';
import { memoizeArtifacts } from './memoized-artifacts.ts';
import { createPostgresArtifactStore } from './postgres-artifact-store.ts';
import { createRedisArtifactStore } from './redis-artifact-store.ts';
import { joinRedemption } from './redemption.ts';
import { createReplayStore } from './replay-store.ts';

/** The kinds of artifacts that apps send to the token endpoint. */
const REDEEMED: ReadonlySet<ArtifactKind> = new Set([
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
]);

/** The store of every kind. */
export function createArtifactStores(
  ctx: TokensContext,
): Readonly<Record<ArtifactKind, ArtifactStore>> {
  const kinds = Object.values(ARTIFACT_DEFINITIONS).map(({ kind }) => kind);
  const entries = kinds.map((kind) => [kind, createArtifactStore(ctx, kind)]);
  return Object.fromEntries(entries) as Record<ArtifactKind, ArtifactStore>;
}

/** Kinds that may be lost are kept in Redis, if there is one; all others are kept in Postgres. `ctx.db` can be a transaction. */
export function createArtifactStore(ctx: TokensContext, kind: ArtifactKind): ArtifactStore {
  if (kind === 'ReplayDetection') return createReplayStore(ctx);
  const definition = ARTIFACT_DEFINITIONS[kind];
  const { redis } = ctx;
  const store =
    redis === null || definition.isDurable
      ? createPostgresArtifactStore(ctx, definition)
      : createRedisArtifactStore({ ...ctx, redis }, definition);
  if (kind === 'Interaction') return memoizeArtifacts(kind, store);
  return REDEEMED.has(kind) ? joinRedemption(ctx, kind, store) : store;
}
