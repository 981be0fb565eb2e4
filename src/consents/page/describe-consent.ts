import { fingerprint } from '../../platform/keys/encryption.ts';
import { purposeIn, type Client } from '../../clients/index.ts';
import {
  ACCOUNT_LABEL_CLAIMS,
  NOTED_WHEN_NOT_SHARED,
  type Catalogue,
  type Localized,
  type Sensitivity,
  inProfileOrder,
  type ClaimCatalogue,
} from '../../scopes/index.ts';
import { valueLines, type Attribute } from '../../vault/index.ts';
import {
  resolveRequest,
  type RequestedAccess,
  type RequestedClaim,
  type RequestedScope,
} from '../requested-access.ts';
import type { ConsentDeps } from '../consent-deps.ts';
import { createConsentStore } from '../consent-store.ts';
import type { ConsentRequest, Consent, Dropped } from '../consent.ts';
import { durationsUpTo } from '../duration.ts';
import { findDropped } from '../find-dropped.ts';
import { changesOf, findItem, coversScope } from '../covers-request.ts';
import { hasEssentialRunOut, isPaused } from '../entitlement.ts';
import { offeredValues } from './offered-values.ts';
import {
  type ConsentPrompt,
  type NotShared,
  type QuestionApp,
  type QuestionItem,
  type QuestionOption,
  type QuestionPermission,
} from './consent-prompt.ts';

export interface DescribeConsentInput {
  readonly accountId: string;
  readonly ask: ConsentRequest;
  readonly locale: string;
}

interface Situation {
  readonly asked: RequestedAccess;
  readonly consent: Consent | null;
  readonly attributes: readonly Attribute[];
  readonly catalogue: Catalogue;
  readonly claims: ClaimCatalogue;
  readonly locale: 'en' | 'ru';
  readonly now: Date;
}

/** Everything that the consent page shows: the requested claims and permissions with the person's real values. */
export async function describeConsent(
  deps: Pick<ConsentDeps, 'db' | 'clock' | 'scopes' | 'vault'>,
  { accountId, ask, locale }: DescribeConsentInput,
): Promise<ConsentPrompt> {
  const [catalogue, claims, attributes, consent] = await Promise.all([
    deps.scopes.catalogue(),
    deps.vault.claims(),
    deps.vault.recentAttributes(accountId),
    createConsentStore(deps.db).findActive(accountId, ask.client.id),
  ]);
  const asked = resolveRequest(ask, catalogue);
  const situation: Situation = {
    asked,
    consent,
    attributes,
    catalogue,
    claims,
    locale: locale === 'ru' ? 'ru' : 'en',
    now: deps.clock.now(),
  };
  return composeQuestion(ask, situation);
}

function composeQuestion(ask: ConsentRequest, situation: Situation): ConsentPrompt {
  const { asked, consent, attributes, now } = situation;
  const dropped = findDropped(consent, asked, ask);
  const items = inOrder(ask.client, asked.claims).map((claim) => describeItem(situation, claim));
  const permissions = asked.scopes
    .filter(({ kind }) => kind === 'permission')
    .map((scope) => describePermission(situation, scope));
  return {
    version: fingerprint(
      JSON.stringify({ asked, dropped, suspendedAt: consent?.suspendedAt ?? null }),
    ).toString('base64url'),
    app: describeApp(ask.client),
    signedInAs: accountLabel(attributes),
    items,
    permissions,
    isOffline: asked.scopes.some(({ kind }) => kind === 'offline'),
    isChange: consent !== null,
    asksAll: consent === null || isPaused(consent) || ask.asksAgain === true,
    canKeep:
      consent !== null &&
      !hasEssentialRunOut(consent, now) &&
      items.every((item) => isKeepable(consent, item)) &&
      (isPaused(consent) || [...items, ...permissions].some(({ isNew }) => isNew)),
    suspendedAt: consent?.suspendedAt ?? null,
    suspendedFor: consent?.suspendedFor ?? null,
    dropped: titlesOf(dropped, situation),
    isBlocked: items.some(({ isEssential, options }) => isEssential && options.length === 0),
    notShared: whatIsNotShared(asked),
    technical: {
      clientId: ask.client.id,
      scopes: asked.scopes.map(({ scope }) => scope),
      claims: asked.claims.map(({ claim }) => claim),
      resources: ask.resources,
    },
  };
}

/** An essential answer that is over cannot be kept: there is nothing left of it. */
function isKeepable(consent: Consent, { claim, changes }: QuestionItem): boolean {
  return !changes.includes('over') || findItem(consent, claim)?.isEssential !== true;
}

function titlesOf({ claims, scopes }: Dropped, situation: Situation): string[] {
  const { catalogue, locale } = situation;
  const permissions = scopes
    .map(({ scope }) => catalogue.byName.get(scope))
    .filter((scope) => scope !== undefined)
    // A data scope is covered by its claims.
    .filter((scope) => scope.kind === 'api' || scope.claims.length === 0);
  return [
    ...claims.map((claim) => titleOf(situation, claim)),
    ...permissions.map(({ title }) => title[locale]),
  ];
}

function titleOf({ claims, locale }: Situation, claim: string): string {
  return claims.find(claim)?.title[locale] ?? claim;
}

/** The app's own order when it registered its requests, else the order of the profile. */
function inOrder(client: Client, claims: readonly RequestedClaim[]): RequestedClaim[] {
  if (client.requests.length === 0) return inProfileOrder(claims);
  const place = new Map(client.requests.map(({ claim }, index) => [claim, index]));
  return claims.toSorted(
    (one, other) => (place.get(one.claim) ?? place.size) - (place.get(other.claim) ?? place.size),
  );
}

function describeApp(client: Client): QuestionApp {
  const { id, name, logoUri, clientUri, policyUri, tosUri, contact, isVerified } = client;
  return { clientId: id, name, logoUri, clientUri, policyUri, tosUri, contact, isVerified };
}

function describeItem(situation: Situation, asked: RequestedClaim): QuestionItem {
  const { consent, attributes, locale, now } = situation;
  const { claim } = asked;
  const definition = situation.claims.find(claim);
  const options = offeredValues(attributes, claim).map((attribute) =>
    toOption(situation, attribute),
  );
  const item = findItem(consent, claim);
  const changes = changesOf(item, asked, now);
  const within = customScopeOf(situation, asked);
  const purpose = purposeIn(asked.purpose, locale);
  const earlierPurpose = purposeIn(item?.purpose ?? null, locale);
  return {
    claim,
    title: titleOf(situation, claim),
    icon: definition?.icon ?? 'info',
    sensitivity: moreSensitive(definition?.sensitivity ?? 'medium', within?.sensitivity),
    isEssential: asked.isEssential,
    purpose,
    options,
    hasUnverifiedOnly: options.length === 0 && attributes.some((known) => known.claim === claim),
    durations: durationsUpTo(asked.longestDuration),
    previous: item ?? null,
    isNew: changes.length > 0,
    changes,
    earlierPurpose:
      changes.includes('purpose') && earlierPurpose !== purpose ? earlierPurpose : null,
    within: within === null ? null : { title: within.title, description: within.description },
  };
}

/** The text of this installation for a claim of one of its own permissions. */
function customScopeOf({ catalogue, locale }: Situation, { scopes }: RequestedClaim) {
  const known = scopes
    .map((scope) => catalogue.byName.get(scope))
    .filter((scope) => scope !== undefined);
  const own = known.find(({ isStandard }) => !isStandard);
  if (own === undefined) return null;
  const { title, description, sensitivity } = own;
  return { title: title[locale], description: description[locale], sensitivity };
}

const SENSITIVITIES: readonly Sensitivity[] = ['low', 'medium', 'high'];

function moreSensitive(one: Sensitivity, other: Sensitivity = 'low'): Sensitivity {
  return SENSITIVITIES.indexOf(one) >= SENSITIVITIES.indexOf(other) ? one : other;
}

function toOption({ claims, locale }: Situation, attribute: Attribute): QuestionOption {
  return {
    attributeId: attribute.id,
    lines: valueLines(attribute.value, claims.find(attribute.claim), locale),
    label: attribute.label,
    isVerified: attribute.isVerified,
    isDefault: attribute.isDefault,
  };
}

function describePermission(situation: Situation, asked: RequestedScope): QuestionPermission {
  const { catalogue, consent, locale } = situation;
  const known = catalogue.byName.get(asked.scope);
  const server = catalogue.resourceServers.find(({ identifier }) => identifier === asked.resource);
  const words = (text: Localized | undefined) => text?.[locale];
  const previous = consent?.scopes.find(
    ({ scope, resource }) => scope === asked.scope && resource === asked.resource,
  );
  return {
    scope: asked.scope,
    title: words(known?.title) ?? asked.scope,
    description: words(known?.description) ?? '',
    sensitivity: known?.sensitivity ?? 'high',
    resourceTitle: words(server?.title) ?? null,
    previous: previous?.decision ?? null,
    isNew: consent === null || !coversScope(consent, asked),
  };
}

/** The name of the person on our own pages: the default e-mail, else a name. */
export function accountLabel(attributes: readonly Attribute[]): string {
  for (const claim of ACCOUNT_LABEL_CLAIMS) {
    const values = attributes.filter((attribute) => attribute.claim === claim);
    const known = values.find(({ isDefault }) => isDefault) ?? values[0];
    const value = known === undefined ? undefined : valueLines(known.value, undefined, 'en')[0];
    if (value !== undefined) return value;
  }
  return '';
}

function whatIsNotShared(asked: RequestedAccess): NotShared[] {
  const claims = new Set(asked.claims.map(({ claim }) => claim));
  const readsAccount = asked.scopes.some(({ scope }) => scope === 'account:read');
  const unasked = NOTED_WHEN_NOT_SHARED.filter((claim) => !claims.has(claim));
  if (readsAccount) return ['password'];
  return [
    'password',
    ...unasked,
    ...(claims.size > 0 ? (['other_values'] as const) : []),
    'other_apps',
  ];
}
