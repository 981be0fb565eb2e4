import type { ArtifactPayload, ArtifactStore } from '../tokens/index.ts';
import { findSession } from './find-session.ts';
import { retireSession } from './retire-session.ts';
import { saveSession } from './save-session.ts';
import type { SessionDeps } from './session-deps.ts';

// The library gives every session a life span; without one it would be an hour.
const DEFAULT_SECONDS = 3_600;

/** Sessions in the form that the provider reads and writes. */
export function createSessionArtifacts(deps: SessionDeps): ArtifactStore {
  return Object.freeze({
    upsert: (id: string, payload: ArtifactPayload, expiresInSeconds = DEFAULT_SECONDS) =>
      saveSession(deps, { payload: { ...payload, jti: id }, expiresInSeconds }),
    find: async (id: string) => (await findSession(deps, { id }))?.payload,
    findByUid: async (uid: string) => (await findSession(deps, { uid }))?.payload,
    findByUserCode: async () => undefined,
    consume: () => Promise.reject(new Error('a session is not used up')),
    destroy: (id: string) => retireSession(deps, id),
  });
}
