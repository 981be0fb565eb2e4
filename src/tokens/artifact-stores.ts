import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Redis } from '../platform/redis/redis.ts';
import { ARTIFACT_DEFINITIONS, type ArtifactKind, type ArtifactStore } from './artifact.ts';
import { memoizeArtifacts } from './memoized-artifacts.ts';
import { createPostgresArtifactStore } from './postgres-artifact-store.ts';
import { createRedisArtifactStore } from './redis-artifact-store.ts';
import { joinRedemption } from './redemption.ts';
import { createReplayStore } from './replay-store.ts';
import { createUsedCodeStore } from './used-code-store.ts';

export interface ArtifactStoresDeps {
  readonly db: Database;
  readonly redis: Redis | null;
  readonly keyPrefix: string;
  readonly transientSealer: Sealer;
  readonly indexKey: Buffer;
  readonly clock: Clock;
  readonly refreshTokenGraceSeconds: number;
}

/** The kinds of artifacts that apps send to the token endpoint. */
const REDEEMED: ReadonlySet<ArtifactKind> = new Set([
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
]);

/** One store per kind. Kinds that may be lost are in Redis, if there is one; all others are in Postgres. */
export function createArtifactStores(
  deps: ArtifactStoresDeps,
): Readonly<Record<ArtifactKind, ArtifactStore>> {
  const kinds = Object.values(ARTIFACT_DEFINITIONS).map(({ kind }) => kind);
  const entries = kinds.map((kind) => [kind, createArtifactStore(deps, kind)]);
  return Object.freeze(Object.fromEntries(entries) as Record<ArtifactKind, ArtifactStore>);
}

/** `deps.db` can be a transaction. */
export function createArtifactStore(deps: ArtifactStoresDeps, kind: ArtifactKind): ArtifactStore {
  const definition = ARTIFACT_DEFINITIONS[kind];
  if (kind === 'ReplayDetection') return createReplayStore(deps);
  const { redis } = deps;
  const store =
    redis === null || definition.isDurable
      ? createPostgresArtifactStore(deps, definition)
      : createRedisArtifactStore(
          { ...deps, redis, usedCodes: createUsedCodeStore(deps) },
          definition,
        );
  if (kind === 'Interaction') return memoizeArtifacts(kind, store);
  return REDEEMED.has(kind) ? joinRedemption(deps, kind, store) : store;
}
