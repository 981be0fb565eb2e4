import type { ArtifactPayload, ArtifactStore } from '../../tokens/index.ts';
import type { CookiePlace, SealedCookies } from '../../platform/keys/sealed-cookies.ts';

interface SessionPayload extends ArtifactPayload {
  /** The state of a sign-out that waits for its confirmation. */
  readonly state?: object | undefined;
}

/** Seconds that the page which confirms a sign-out may stay open. */
const STATE_SECONDS = 900;

/**
 * Stores only sessions in which an account is signed in. A session without an account is empty, or contains the state
 * of a sign-out that has to be confirmed. That state is kept in a sealed cookie for the sign-out pages.
 */
export function holdAnonymousSessionsInBrowser(
  store: ArtifactStore,
  cookies: SealedCookies,
): ArtifactStore {
  return {
    ...store,
    upsert: async (id: string, payload: SessionPayload, seconds?: number) => {
      if (payload.accountId !== undefined) return store.upsert(id, payload, seconds);
      if (payload.state === undefined) return;
      cookies.write(place(id), { ...payload, jti: id }, STATE_SECONDS);
    },
    find: async (id: string) => cookies.read(place(id)) ?? store.find(id),
    destroy: async (id: string) => {
      if (cookies.read(place(id)) === undefined) return store.destroy(id);
      cookies.remove(place(id));
    },
  };
}

function place(id: string): CookiePlace {
  return { name: 'sign-out', path: '/session', id };
}
