import { currentRequest } from '../../platform/request-context.ts';
import { announceSingleUse } from '../../sessions/index.ts';
import type { ArtifactPayload, ArtifactStore, Tokens } from '../../tokens/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import type { InteractionTraces } from './interaction-traces.ts';
import type { CookiePlace, SealedCookies } from '../../platform/keys/sealed-cookies.ts';
import type { UnauthenticatedQuota } from '../client-authentication/unauthenticated-quota.ts';

interface HoldInteractionsDeps {
  readonly cookies: SealedCookies;
  readonly quota: UnauthenticatedQuota;
  readonly clock: Clock;
  readonly tokens: Pick<Tokens, 'singleUse'>;
  readonly traces: InteractionTraces;
}

interface InteractionPayload extends ArtifactPayload {
  /** Present when an account was signed in at this browser when the interaction began. */
  readonly session?: object | undefined;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly parJti?: string | undefined;
  readonly result?: { readonly login?: object | undefined } | undefined;
}

/** Maximum number of open interactions of one browser. A further one replaces the oldest. */
const MOST_OPEN = 4;
/** Seconds that a request which does not fit into a cookie is kept for a browser without a signed-in account. */
const LARGE_REQUEST_SECONDS = 900;

/**
 * Keeps an interaction in a sealed cookie of its browser, so that an unauthenticated request stores nothing here, and a person who
 * reads a consent page does not depend on Redis. Requests too large for a cookie go to `store`; those of a browser without a
 * signed-in account within a quota per network.
 *
 * A cookie could be sent again, so {@link announceSingleUse} records the uid of each interaction of a signed-in account, and of each
 * that signed a person in, in the commit that saves the session; any other answer of an interaction changes nothing when it is
 * repeated. Until that commit nothing is used up, and the same request can be repeated after an outage.
 */
export function holdInteractionsInBrowser(
  store: ArtifactStore,
  deps: HoldInteractionsDeps,
): ArtifactStore {
  const { cookies, quota, clock, tokens, traces } = deps;

  const read = (uid: string): InteractionPayload | undefined =>
    cookies.read(answered(uid)) ?? cookies.read(waiting(uid));

  return {
    ...store,
    upsert: async (uid: string, payload: InteractionPayload, seconds = LARGE_REQUEST_SECONDS) => {
      const isAnswered = payload.result !== undefined;
      if (!isAnswered) traces.begin(uid, payload);
      if (cookies.write(isAnswered ? answered(uid) : waiting(uid), payload, seconds)) {
        if (!isAnswered) limitOpen(deps, { uid, expiresAt: inSeconds(clock, seconds) });
        return;
      }
      if (payload.session !== undefined) return store.upsert(uid, payload, seconds);
      if (!isAnswered) await quota.take();
      await store.upsert(uid, payload, Math.min(seconds, LARGE_REQUEST_SECONDS));
    },
    find: async (uid: string) => {
      const found = read(uid) ?? (await store.find(uid));
      currentRequest()?.memo.set(foundName(uid), found);
      return found;
    },
    destroy: async (uid: string) => {
      const held = read(uid);
      traces.end(uid, currentRequest()?.memo.get(foundName(uid)) as InteractionPayload | undefined);
      const use = tokens.singleUse(`Interaction:${uid}`);
      if (held === undefined) {
        const isLater = announceSingleUse({ ...use, clear: () => store.destroy(uid) });
        return isLater ? undefined : store.destroy(uid);
      }
      if (held.session !== undefined || held.result?.login !== undefined) announceSingleUse(use);
      forget(cookies, uid);
    },
  };
}

function foundName(uid: string): string {
  return `found interaction ${uid}`;
}

/** Sent to the pages of the interaction. */
function waiting(uid: string): CookiePlace {
  return { name: 'interaction-request', path: `/interaction/${uid}`, id: uid };
}

/** Sent to the authorization endpoint, which continues the request. */
function answered(uid: string): CookiePlace {
  return { name: 'interaction-answer', path: `${PROTOCOL_ROUTES.authorization}/${uid}`, id: uid };
}

function forget(cookies: SealedCookies, uid: string): void {
  cookies.remove(waiting(uid));
  cookies.remove(answered(uid));
}

interface OpenInteractionName {
  readonly uid: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

const LIST_COOKIE = 'interactions';
const LISTED = /^([\w-]{20,64})\.(\d{1,12})$/;

/** The browser sends a path-bound cookie to its own pages only, so a small list for the whole site names the open ones. */
function limitOpen({ cookies, clock }: HoldInteractionsDeps, added: OpenInteractionName): void {
  const jar = currentRequest()?.cookies;
  if (jar === undefined) return;
  const now = inSeconds(clock, 0);
  const open = [...readList(jar.read(LIST_COOKIE) ?? ''), added].filter(
    ({ expiresAt }) => expiresAt > now,
  );
  for (const { uid } of open.slice(0, -MOST_OPEN)) forget(cookies, uid);
  const kept = open.slice(-MOST_OPEN);
  jar.write({
    name: LIST_COOKIE,
    value: kept.map(({ uid, expiresAt }) => `${uid}.${String(expiresAt)}`).join(' '),
    maxAgeSeconds: added.expiresAt - now,
  });
}

function readList(text: string): OpenInteractionName[] {
  return text
    .split(' ', 2 * MOST_OPEN)
    .map((entry) => LISTED.exec(entry))
    .filter((match) => match !== null)
    .map(([, uid = '', expiresAt]) => ({ uid, expiresAt: Number(expiresAt) }));
}

function inSeconds(clock: Clock, seconds: number): number {
  return Math.floor(clock.now().getTime() / 1_000) + seconds;
}
