import { logoHref, signInStartHref, type Client } from '../clients/index.ts';
import { endTimes, offeredValues, type Consent, type ConsentItem } from '../consents/index.ts';
import { inProfileOrder } from '../scopes/index.ts';
import type { Attribute } from '../vault/index.ts';
import type { ConnectedAppsContext } from './context.ts';

/** One app that a person has connected, in short. */
export type ConnectedAppSummary = ReturnType<typeof summarise>;

/**
 * How long an app sees something: until the person ends it, for one read, everything until `at`, or a part of it until
 * `at` and the rest longer. `none`: it sees no value.
 */
interface Lasting {
  readonly kind: 'none' | 'until_ended' | 'once' | 'all_until' | 'part_until';
  readonly at: Date | null;
}

/** The summary of an app. `shared` are the decisions whose values it can read now, without regard to a pause. */
export function summarise(
  ctx: AppContext,
  {
    consent,
    client,
    attributes,
    lastReadAt,
    ...app
  }: {
    readonly consent: Consent;
    readonly client: Client | null;
    readonly shared: readonly Pick<ConsentItem, 'claim' | 'duration' | 'expiresAt'>[];
    readonly attributes: readonly Attribute[];
    readonly lastReadAt: Date | null;
  },
) {
  const shared = inProfileOrder(app.shared);
  return {
    clientId: consent.clientId,
    ...describeClient(ctx, consent.clientId, client),
    since: consent.createdAt,
    lastReadAt,
    /** The time of the pause; null while it is not paused. A paused app can read nothing. */
    suspendedAt: consent.suspendedAt,
    /** The reason of the pause; null while it is not paused. */
    suspendedFor: consent.suspendedFor,
    /** Claims whose values it can read now, without regard to a pause. */
    claims: shared.map(({ claim }) => claim),
    /** The same claims; `isOneOfSeveral`: the person has further values of the claim, which the app does not see. */
    seen: shared.map(({ claim }) => ({
      claim,
      isOneOfSeveral: offeredValues(attributes, claim).length > 1,
    })),
    lasting: lastingOf(shared),
  };
}

type AppContext = Pick<ConnectedAppsContext, 'issuer'>;

/** The members of an app that its pages show, also after it was deleted. */
export function describeClient({ issuer }: AppContext, clientId: string, client: Client | null) {
  const start = client?.status === 'active' ? signInStartHref(client, issuer) : null;
  return {
    name: client?.name ?? clientId,
    /** The address of its logo; null without one. */
    logo: client === null ? null : logoHref(client),
    isVerified: client?.isVerified ?? false,
    clientUri: client?.clientUri ?? null,
    /** The address at which the person opens the app: where it starts a sign-in, else its home page. */
    openUri: start ?? client?.clientUri ?? null,
  };
}

/** How long the values of these decisions are shared. */
function lastingOf(shared: readonly Pick<ConsentItem, 'duration' | 'expiresAt'>[]): Lasting {
  if (shared.length === 0) return { kind: 'none', at: null };
  if (shared.every(({ duration }) => duration === 'once')) return { kind: 'once', at: null };
  const ends = endTimes(shared);
  if (ends.length === 0) return { kind: 'until_ended', at: null };
  const isWhole = ends.length === shared.length && new Set(ends.map(dayOf)).size === 1;
  return { kind: isWhole ? 'all_until' : 'part_until', at: new Date(Math.min(...ends)) };
}

const DAY_MS = 86_400_000;

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
