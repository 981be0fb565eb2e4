import { purposeIn, type Client } from '../clients/index.ts';
import {
  allowedScopes,
  claimState,
  durationsUpTo,
  isNeeded,
  offeredValues,
  type Consent,
  type ConsentItem,
} from '../consents/index.ts';
import { foldReads, type FoldedReads } from '../ledger/index.ts';
import { AppError } from '../platform/app-error.ts';
import { textIn } from '../platform/languages.ts';
import { type Catalogue, inProfileOrder } from '../scopes/index.ts';
import { type Attribute } from '../vault/index.ts';
import { summarise } from './app-summary.ts';
import type { ConnectedAppsContext } from './context.ts';

/** One claim of a connected app, with the possible changes. */
export type ConnectedItem = ReturnType<typeof describeItem>;

/** One connected app with everything it has. */
export type ConnectedApp = Awaited<ReturnType<typeof readConnectedApp>>;

/** One app of an account. @throws AppError `consent_not_found`. */
export async function readConnectedApp(
  ctx: ConnectedAppsContext,
  input: { readonly accountId: string; readonly clientId: string; readonly locale: string },
) {
  const { accountId, clientId, locale } = input;
  const consent = await ctx.consents.find({ accountId, clientId });
  if (consent === null) throw new AppError('not_found', 'consent_not_found');
  const [attributes, lastReads] = await Promise.all([
    ctx.vault.listAttributes(accountId),
    ctx.ledger.lastReadOfClaims(accountId, clientId),
  ]);
  return describeApp(ctx, { consent, attributes, lastReads, locale });
}

/** Everything that the app of this consent has. `attributes` are all values of the account, `lastReads` its last reads by app. */
export async function describeApp(
  ctx: ConnectedAppsContext,
  input: {
    readonly consent: Consent;
    readonly attributes: readonly Attribute[];
    readonly lastReads: ReadonlyMap<string, ReadonlyMap<string, Date>>;
    readonly locale: string;
  },
) {
  const { consent, attributes, locale } = input;
  const { clientId } = consent;
  const [client, catalogue] = await Promise.all([
    ctx.clients.find(clientId),
    ctx.scopes.catalogue(),
  ]);
  const lastRead = input.lastReads.get(clientId) ?? new Map<string, Date>();
  const now = ctx.clock.now();
  const context = { client, catalogue, attributes, lastRead, locale, now } as const;
  const items = inProfileOrder(consent.items).map((item) => describeItem(context, item));
  const allowed = allowedScopes({ consent, client, catalogue });
  const times = [...lastRead.values()].map((time) => time.getTime());
  return {
    ...summarise(ctx, {
      consent,
      client,
      shared: items.filter(({ state }) => state === 'shared'),
      attributes,
      lastReadAt: times.length === 0 ? null : new Date(Math.max(...times)),
    }),
    contact: client?.contact ?? null,
    policyUri: client?.policyUri ?? null,
    changedAt: consent.updatedAt,
    items,
    notYetRequested: notYetRequested(context, consent),
    permissions: describePermissions(allowed, catalogue, locale),
    isOffline: allowed.some(({ scope }) => scope === 'offline_access'),
  };
}

/** The claims that the app may request and has not requested from this person so far. */
function notYetRequested({ client }: ItemContext, { items }: Consent): string[] {
  const decided = new Set(items.map(({ claim }) => claim));
  return (client?.requests ?? []).map(({ claim }) => claim).filter((claim) => !decided.has(claim));
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
    /** A value that must be confirmed before it can be shared; null when there is none, or another one can be shared. */
    unverified:
      offeredValues(attributes, item.claim).length === 0
        ? (attributes.find(({ claim }) => claim === item.claim) ?? null)
        : null,
    durations: durationsUpTo(request?.longestDuration ?? 'until_withdrawn'),
    lastReadAt: lastRead.get(item.claim) ?? null,
  };
}

const LATEST_READS = 40;

/** The latest reads of an app, newest first, equal ones joined. */
export async function readLatestReads(
  ctx: ConnectedAppsContext,
  key: { readonly accountId: string; readonly clientId: string },
): Promise<FoldedReads[]> {
  return foldReads(await ctx.ledger.list({ ...key, limit: LATEST_READS }));
}
