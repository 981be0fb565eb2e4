import { currentRequest } from '../platform/request-context.ts';
import type { ArtifactKind, ArtifactPayload, ArtifactStore } from './artifact.ts';

/**
 * Reads from the store once per request: the library looks up the same interaction up to five times in one request.
 * Text is kept and parsed again each time, because the library changes the objects it receives.
 */
export function memoizeArtifacts(kind: ArtifactKind, store: ArtifactStore): ArtifactStore {
  const name = (id: string) => `artifact:${kind}:${id}`;
  const forget = (id: string) => currentRequest()?.memo.delete(name(id));
  const keep = (id: string, payload: ArtifactPayload) =>
    currentRequest()?.memo.set(name(id), JSON.stringify(payload));

  return {
    ...store,
    upsert: async (id: string, payload: ArtifactPayload, expiresInSeconds?: number) => {
      forget(id);
      await store.upsert(id, payload, expiresInSeconds);
      keep(id, payload);
    },
    find: async (id: string) => {
      const known = currentRequest()?.memo.get(name(id));
      if (typeof known === 'string') return JSON.parse(known) as ArtifactPayload;
      const payload = await store.find(id);
      if (payload !== undefined) keep(id, payload);
      return payload;
    },
    consume: async (id: string) => {
      forget(id);
      await store.consume(id);
    },
    destroy: async (id: string) => {
      forget(id);
      await store.destroy(id);
    },
  };
}
