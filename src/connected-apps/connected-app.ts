import { logoHref, purposeIn, type Client } from '../clients/index.ts';
import {
  allowedScopes,
  claimState,
  durationsUpTo,
  isNeeded,
  offeredValues,
  sharedClaims,
  type Consent,
  type ConsentItem,
} from '../consents/index.ts';
import { AppError } from '../platform/app-error.ts';
import { textIn } from '../platform/languages.ts';
import { type Catalogue, inProfileOrder } from '../scopes/index.ts';
import { type Attribute } from '../vault/index.ts';
import type { ConnectedAppsContext } from './context.ts';

/** One app that a person has connected, in short. */
export type ConnectedAppSummary = ReturnType<typeof summarise>;

/** One claim of a connected app, with the possible changes. */
export type ConnectedItem = ReturnType<typeof describeItem>;

/** One connected app with everything it has. */
export type ConnectedApp = Awaited<ReturnType<typeof readConnectedApp>>;

/** The apps of an account, the newest first. */
export async function listConnectedApps(
  ctx: ConnectedAppsContext,
  accountId: string,
): Promise<ConnectedAppSummary[]> {
  const [consents, lastRead, catalogue] = await Promise.all([
    ctx.consents.list(accountId),
    ctx.ledger.lastRead(accountId),
    ctx.scopes.catalogue(),
  ]);
  const now = ctx.clock.now();
  return Promise.all(
    consents.map(async (consent) => {
      const client = await ctx.clients.find(consent.clientId);
      const shared = sharedClaims({ consent, catalogue, client, now });
      const claims = shared.map(({ claim }) => claim);
      return summarise({ consent, client, claims, lastReadAt: lastRead.get(consent.clientId) });
    }),
  );
}

/** One app of an account. @throws AppError `consent_not_found`. */
export async function readConnectedApp(
  ctx: ConnectedAppsContext,
  input: { readonly accountId: string; readonly clientId: string; readonly locale: string },
) {
  const { accountId, clientId, locale } = input;
  const consent = await ctx.consents.find({ accountId, clientId });
  if (consent === null) throw new AppError('not_found', 'consent_not_found');
  const attributes = await ctx.vault.listAttributes(accountId);
  return describeApp(ctx, { consent, attributes, locale });
}

/** Everything that the app of this consent has. `attributes` are all values of the account. */
export async function describeApp(
  ctx: ConnectedAppsContext,
  input: {
    readonly consent: Consent;
    readonly attributes: readonly Attribute[];
    readonly locale: string;
  },
) {
  const { consent, attributes, locale } = input;
  const { accountId, clientId } = consent;
  const [client, catalogue, lastRead] = await Promise.all([
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
    ctx.ledger.lastReadOfClaims(accountId, clientId),
  ]);
  const now = ctx.clock.now();
  const context = { client, catalogue, attributes, lastRead, locale, now } as const;
  const items = inProfileOrder(consent.items).map((item) => describeItem(context, item));
  const allowed = allowedScopes({ consent, client, catalogue });
  const times = [...lastRead.values()].map((time) => time.getTime());
  return {
    ...summarise({
      consent,
      client,
      claims: items.filter(({ state }) => state === 'shared').map(({ claim }) => claim),
      lastReadAt: times.length === 0 ? undefined : new Date(Math.max(...times)),
    }),
    contact: client?.contact ?? null,
    policyUri: client?.policyUri ?? null,
    changedAt: consent.updatedAt,
    items,
    permissions: describePermissions(allowed, catalogue, locale),
    isOffline: allowed.some(({ scope }) => scope === 'offline_access'),
  };
}

/** The permissions of a connected app that are not claims. */
function describePermissions(
  allowed: ReturnType<typeof allowedScopes>,
  catalogue: Catalogue,
  locale: string,
) {
  return allowed
    .map(({ scope }) => catalogue.byName.get(scope))
    .filter((scope) => scope?.kind === 'api')
    .map(({ name, title, description, sensitivity }) => ({
      scope: name,
      title: textIn(title, locale),
      description: textIn(description, locale),
      sensitivity,
    }));
}

function summarise(app: {
  readonly consent: Consent;
  readonly client: Client | null;
  readonly claims: readonly string[];
  readonly lastReadAt: Date | undefined;
}) {
  const { consent, client, claims, lastReadAt } = app;
  return {
    clientId: consent.clientId,
    name: client?.name ?? consent.clientId,
    /** The address of its logo; null without one. */
    logo: client === null ? null : logoHref(client),
    isVerified: client?.isVerified ?? false,
    clientUri: client?.clientUri ?? null,
    since: consent.createdAt,
    lastReadAt: lastReadAt ?? null,
    /** The time of the pause; null while it is not paused. A paused app can read nothing. */
    suspendedAt: consent.suspendedAt,
    /** The reason of the pause; null while it is not paused. */
    suspendedFor: consent.suspendedFor,
    /** Claims whose values it can read now, without regard to a pause. */
    claims,
  };
}

interface ItemContext {
  readonly client: Client | null;
  readonly attributes: readonly Attribute[];
  readonly lastRead: ReadonlyMap<string, Date>;
  readonly catalogue: Catalogue;
  readonly locale: string;
  readonly now: Date;
}

function describeItem(context: ItemContext, item: ConsentItem) {
  const { client, catalogue, attributes, lastRead, locale } = context;
  const definition = catalogue.claims.find(item.claim);
  const request = client?.requests.find(({ claim }) => claim === item.claim);
  return {
    ...item,
    isEssential: isNeeded(item, request),
    state: claimState(item, context),
    title: catalogue.claims.titleOf(item.claim, locale),
    icon: definition?.icon ?? 'info',
    /** The format of its values on pages; undefined for a claim that no longer exists. */
    definition,
    /** The terms that the person agreed to; the current terms of the app may differ. */
    purpose: purposeIn(item.purpose ?? request?.purpose ?? null, locale),
    /** The shared value. */
    attribute: attributes.find(({ id }) => id === item.attributeId) ?? null,
    /** The values that may be shared instead, the default first. */
    options: offeredValues(attributes, item.claim),
    durations: durationsUpTo(request?.longestDuration ?? 'until_withdrawn'),
    lastReadAt: lastRead.get(item.claim) ?? null,
  };
}
