import type { ArtifactPayload, ArtifactStore } from './artifact.ts';

/**
 * Remembers identifiers that may be seen once (`jti` of client assertions, RFC 7523 §3, and of DPoP proofs, RFC 9449 §11.1).
 *
 * The library looks whether an identifier is known and then stores it: two steps, between which a second request fits.
 * So looking already takes it: of simultaneous `find` calls exactly one gets `undefined`. Storing afterwards only sets
 * how long it is remembered.
 */
export type ReplayStore = Pick<ArtifactStore, 'find' | 'upsert'>;

/** How long an identifier is remembered when the storing step never comes. */
export const REPLAY_CLAIM_SECONDS = 60;

/** What `find` returns for an identifier that was seen. */
export const REPLAYED: ArtifactPayload = Object.freeze({ kind: 'ReplayDetection' });

/** The rest of an ArtifactStore, which nobody calls for this kind. */
export function asArtifactStore(store: ReplayStore): ArtifactStore {
  const refuse = (): Promise<never> =>
    Promise.reject(new Error('a seen identifier is only found and stored'));
  return Object.freeze({
    ...store,
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  });
}
