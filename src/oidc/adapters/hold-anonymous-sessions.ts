import { currentRequest } from '../../platform/request-context.ts';
import type { ArtifactPayload, ArtifactStore } from '../../tokens/index.ts';
import type { CookiePlace, SealedCookies } from './sealed-cookies.ts';

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
  const read = (id: string): SessionPayload | undefined => {
    const known = currentRequest()?.memo.get(memoName(id));
    if (typeof known === 'string') return JSON.parse(known) as SessionPayload;
    return cookies.read(place(id));
  };

  return {
    ...store,
    upsert: async (id: string, payload: SessionPayload, seconds?: number) => {
      if (payload.accountId !== undefined) return store.upsert(id, payload, seconds);
      if (payload.state === undefined) return;
      const held = { ...payload, jti: id };
      cookies.write(place(id), held, STATE_SECONDS);
      currentRequest()?.memo.set(memoName(id), JSON.stringify(held));
    },
    find: async (id: string) => read(id) ?? store.find(id),
    destroy: async (id: string) => {
      if (read(id) === undefined) return store.destroy(id);
      currentRequest()?.memo.delete(memoName(id));
      cookies.remove(place(id));
    },
  };
}

function place(id: string): CookiePlace {
  return { name: 'sign-out', path: '/session', id };
}

function memoName(id: string): string {
  return `held session:${id}`;
}
