import { purposeIn, type Client, type Clients, type Duration } from '../clients/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import {
  inProfileOrder,
  type Catalogue,
  type Scopes,
  type Sensitivity,
  type ClaimCatalogue,
  type ClaimDefinition,
} from '../scopes/index.ts';
import type { Attribute, Vault } from '../vault/index.ts';
import { claimState, sharedClaims, type ClaimState } from '../consents/entitlement.ts';
import { type Consent, type ConsentItem, type PauseReason } from '../consents/consent.ts';
import { durationsUpTo } from '../consents/duration.ts';
import type { Consents } from '../consents/index.ts';
import { isNeeded } from '../consents/covers-request.ts';
import { offeredValues } from '../consents/page/offered-values.ts';

/** The dependencies of an account's views of its connected apps. */
export interface ConnectedAppDeps {
  readonly consents: Consents;
  readonly clients: Pick<Clients, 'find'>;
  readonly ledger: Pick<Ledger, 'lastRead' | 'lastReadOfClaims' | 'list'>;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  readonly vault: Pick<Vault, 'listAttributes' | 'claims'>;
  readonly clock: Clock;
}

/** One app a person has connected, in short. */
export interface ConnectedAppSummary {
  readonly clientId: string;
  readonly name: string;
  readonly isVerified: boolean;
  readonly clientUri: string | null;
  readonly since: Date;
  readonly lastReadAt: Date | null;
  /** Since then it can read nothing. */
  readonly suspendedAt: Date | null;
  /** Why; null while it is not paused. */
  readonly suspendedFor: PauseReason | null;
  /** Claims whose values it can read now; as if it were not paused. */
  readonly claims: readonly string[];
}

/** One claim of a connected app, with the possible changes. */
export interface ConnectedItem extends Omit<ConsentItem, 'purpose'> {
  /** The reason why it is not released, or `shared`. */
  readonly state: ClaimState;
  readonly title: string;
  readonly icon: string;
  readonly purpose: string | null;
  /** How its values are written for people; undefined for a claim that no longer exists. */
  readonly definition: ClaimDefinition | undefined;
  /** The value it points at. */
  readonly attribute: Attribute | null;
  /** The values that may be shared instead, the default first. */
  readonly options: readonly Attribute[];
  readonly durations: readonly Duration[];
  readonly lastReadAt: Date | null;
}

/** A permission of a connected app that is not a value. */
export interface ConnectedPermission {
  readonly scope: string;
  readonly title: string;
  readonly description: string;
  readonly sensitivity: Sensitivity;
}

/** One connected app with everything it has. */
export interface ConnectedApp extends ConnectedAppSummary {
  readonly contact: string | null;
  readonly policyUri: string | null;
  readonly changedAt: Date;
  readonly items: readonly ConnectedItem[];
  readonly permissions: readonly ConnectedPermission[];
  readonly isOffline: boolean;
}

/** The apps of an account, the newest first. */
export async function listConnectedApps(
  deps: ConnectedAppDeps,
  accountId: string,
): Promise<ConnectedAppSummary[]> {
  const [consents, lastRead, catalogue] = await Promise.all([
    deps.consents.list(accountId),
    deps.ledger.lastRead(accountId),
    deps.scopes.catalogue(),
  ]);
  const now = deps.clock.now();
  return Promise.all(
    consents.map(async (consent) => {
      const client = await deps.clients.find(consent.clientId);
      const shared = sharedClaims({ consent, catalogue, client, now });
      const claims = shared.map(({ claim }) => claim);
      return summarise({ consent, client, claims, lastReadAt: lastRead.get(consent.clientId) });
    }),
  );
}

export interface ReadConnectedAppInput {
  readonly accountId: string;
  readonly clientId: string;
  readonly locale: string;
}

/** One app of an account. @throws AppError `consent_not_found`. */
export async function readConnectedApp(
  deps: ConnectedAppDeps,
  { accountId, clientId, locale }: ReadConnectedAppInput,
): Promise<ConnectedApp> {
  const consent = await deps.consents.find({ accountId, clientId });
  if (consent === null) throw new AppError('not_found', 'consent_not_found');
  const [client, catalogue, claims, attributes, lastRead] = await Promise.all([
    deps.clients.find(clientId),
    deps.scopes.catalogue(),
    deps.vault.claims(),
    deps.vault.listAttributes(accountId),
    deps.ledger.lastReadOfClaims(accountId, clientId),
  ]);
  const words = locale === 'ru' ? 'ru' : 'en';
  const situation: Situation = {
    client,
    claims,
    attributes,
    lastRead,
    catalogue,
    locale: words,
    now: deps.clock.now(),
  };
  const items = inProfileOrder(consent.items).map((item) => describeItem(situation, item));
  const allowed = consent.scopes.filter(({ decision }) => decision === 'allow');
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
    permissions: describePermissions(allowed, catalogue, words),
    isOffline: allowed.some(({ scope }) => scope === 'offline_access'),
  };
}

function describePermissions(
  allowed: Consent['scopes'],
  catalogue: Catalogue,
  locale: 'en' | 'ru',
): ConnectedPermission[] {
  return allowed
    .map(({ scope }) => catalogue.byName.get(scope))
    .filter((scope) => scope !== undefined)
    .filter((scope) => scope.kind === 'api')
    .map(({ name, title, description, sensitivity }) => ({
      scope: name,
      title: title[locale],
      description: description[locale],
      sensitivity,
    }));
}

interface SummaryParts {
  readonly consent: Consent;
  readonly client: Client | null;
  readonly claims: readonly string[];
  readonly lastReadAt: Date | undefined;
}

function summarise({ consent, client, claims, lastReadAt }: SummaryParts): ConnectedAppSummary {
  return {
    clientId: consent.clientId,
    name: client?.name ?? consent.clientId,
    isVerified: client?.isVerified ?? false,
    clientUri: client?.clientUri ?? null,
    since: consent.createdAt,
    lastReadAt: lastReadAt ?? null,
    suspendedAt: consent.suspendedAt,
    suspendedFor: consent.suspendedFor,
    claims,
  };
}

interface Situation {
  readonly client: Client | null;
  readonly claims: ClaimCatalogue;
  readonly attributes: readonly Attribute[];
  readonly lastRead: ReadonlyMap<string, Date>;
  readonly catalogue: Catalogue;
  readonly locale: 'en' | 'ru';
  readonly now: Date;
}

function describeItem(situation: Situation, item: ConsentItem): ConnectedItem {
  const { client, attributes, lastRead, locale } = situation;
  const definition = situation.claims.find(item.claim);
  const request = client?.requests.find(({ claim }) => claim === item.claim);
  return {
    ...item,
    isEssential: isNeeded(item, request),
    state: claimState(item, situation),
    title: definition?.title[locale] ?? item.claim,
    icon: definition?.icon ?? 'info',
    definition,
    // The terms that the person agreed to; the app may use another wording by now.
    purpose: purposeIn(item.purpose ?? request?.purpose ?? null, locale),
    attribute: attributes.find(({ id }) => id === item.attributeId) ?? null,
    options: offeredValues(attributes, item.claim),
    durations: durationsUpTo(request?.longestDuration ?? 'until_withdrawn'),
    lastReadAt: lastRead.get(item.claim) ?? null,
  };
}
