import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/encryption.ts';
import type { Database } from '../platform/postgres.ts';
import { type Redis, redisCall } from '../platform/redis.ts';
import {
  ARTIFACT_DEFINITIONS,
  type ArtifactDefinition,
  type ArtifactKind,
  type ArtifactStore,
} from './artifact.ts';
import { memoizeArtifacts } from './memoized-artifacts.ts';
import { createPostgresArtifactStore } from './postgres-artifact-store.ts';
import { createRedisArtifactStore } from './redis-artifact-store.ts';
import { createReplayStore } from './replay-store.ts';
import { createUsedCodeStore } from './used-code-store.ts';

export interface ArtifactStoresDeps {
  readonly db: Database;
  readonly redis: Redis | null;
  readonly keyPrefix: string;
  readonly sealer: Sealer;
  readonly indexKey: Buffer;
  readonly clock: Clock;
  readonly refreshTokenGraceSeconds: number;
}

/** One store per kind: in Redis what may be lost, when there is one; in Postgres everything else. */
export function createArtifactStores(
  deps: ArtifactStoresDeps,
): Readonly<Record<ArtifactKind, ArtifactStore>> {
  const definitions = Object.values(ARTIFACT_DEFINITIONS);
  const entries = definitions.map((definition) => [definition.kind, createStore(deps, definition)]);
  return Object.freeze(Object.fromEntries(entries) as Record<ArtifactKind, ArtifactStore>);
}

function createStore(deps: ArtifactStoresDeps, definition: ArtifactDefinition): ArtifactStore {
  if (definition.kind === 'ReplayDetection') return createReplayStore(deps);
  const { redis } = deps;
  const store =
    redis === null || definition.isDurable
      ? createPostgresArtifactStore(deps, definition, {
          hideUsedForSeconds:
            definition.kind === 'RefreshToken' ? deps.refreshTokenGraceSeconds : 0,
        })
      : createRedisArtifactStore(
          { ...deps, redis, usedCodes: createUsedCodeStore(deps) },
          definition,
        );
  if (definition.kind === 'RefreshToken' && redis !== null)
    return spendWhileRedisAnswers(store, redis);
  return definition.kind === 'Interaction' ? memoizeArtifacts('Interaction', store) : store;
}

/**
 * The library spends a refresh token in Postgres before it writes the access token to Redis. Redis is asked first: an app
 * that is told 503 must be able to come again with the token it has.
 */
function spendWhileRedisAnswers(store: ArtifactStore, redis: Redis): ArtifactStore {
  return Object.freeze({
    ...store,
    consume: async (id: string) => {
      await redisCall(redis.ping());
      await store.consume(id);
    },
  });
}
