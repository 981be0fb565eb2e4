import { fingerprint } from '../../platform/keys/encryption.ts';
import { type Localized, textIn } from '../../platform/languages.ts';
import { logoHref, type Client } from '../../clients/index.ts';
import { ACCOUNT_LABEL_CLAIMS, NOTED_WHEN_NOT_SHARED, inProfileOrder } from '../../scopes/index.ts';
import { defaultPicture, valueLines, type Attribute } from '../../vault/index.ts';
import {
  resolveRequest,
  type RequestedAccess,
  type RequestedClaim,
  type RequestedScope,
} from '../requested-access.ts';
import type { ConsentsContext } from '../context.ts';
import type { ConsentRequest, Consent, DroppedAccess } from '../consent.ts';
import { findDropped } from '../decide-outcome.ts';
import { findItem, coversScope } from '../covers-request.ts';
import { hasEssentialRunOut, isPaused } from '../entitlement.ts';
import { endsGrants } from '../grants/grant-action.ts';
import {
  type ConsentPrompt,
  type NotShared,
  type PromptApp,
  type PromptItem,
  type PromptPermission,
} from './consent-prompt.ts';
import { describeItem, titleOf, type ItemInput } from './describe-item.ts';
import { riskSignOf, type RiskSign } from './risk-sign.ts';

interface PromptInput extends ItemInput {
  readonly requested: RequestedAccess;
  readonly risk: RiskSign | null;
}

/** The part of the context that does not know the person. */
export type PromptContext = Pick<ConsentsContext, 'clock' | 'scopes' | 'countPeople'>;

/** Everything that the consent page shows: the requested claims and permissions with the person's real values. */
export async function describeConsent(
  ctx: PromptContext & Pick<ConsentsContext, 'vault' | 'recent'>,
  {
    accountId,
    request,
    locale,
    redirectUri,
  }: {
    readonly accountId: string;
    readonly request: ConsentRequest;
    readonly locale: string;
    /** The address to which the browser continues; left out where the page warns of no risk. */
    readonly redirectUri?: string;
  },
): Promise<ConsentPrompt> {
  const { client } = request;
  const [catalogue, attributes, consent, risk] = await Promise.all([
    ctx.scopes.catalogue(),
    ctx.vault.recentAttributes(accountId),
    ctx.recent({ accountId, clientId: client.id }),
    findRisk(ctx, client, redirectUri),
  ]);
  const requested = resolveRequest(request, catalogue);
  const now = ctx.clock.now();
  return composePrompt(request, {
    requested,
    consent,
    attributes,
    catalogue,
    locale,
    now,
    risk,
  });
}

/** A reason to be careful with the app; null when there is none, and without the address of the request. */
export async function findRisk(
  { clock, countPeople }: PromptContext,
  client: Client,
  redirectUri: string | undefined,
): Promise<RiskSign | null> {
  if (redirectUri === undefined || client.isVerified) return null;
  const people = await countPeople(client.id);
  return riskSignOf({ client, redirectUri, people, now: clock.now() });
}

/** The prompt for one request, from facts that are at hand. */
export function composePrompt(request: ConsentRequest, input: PromptInput): ConsentPrompt {
  const { requested, consent, attributes, now, risk } = input;
  const dropped = findDropped(consent, requested, request);
  const items = inOrder(request.client, requested.claims).map((claim) =>
    describeItem(input, claim),
  );
  const permissions = requested.scopes
    .filter(({ kind }) => kind === 'permission')
    .map((scope) => describePermission(input, scope));
  return {
    version: fingerprint(
      JSON.stringify({ requested, dropped, suspendedAt: consent?.suspendedAt ?? null }),
    ).toString('base64url'),
    app: describeApp(request.client),
    risk,
    signedInAs: accountLabel(attributes),
    picture: defaultPicture(attributes),
    items,
    permissions,
    isOffline: requested.scopes.some(({ kind }) => kind === 'offline'),
    isChange: consent !== null,
    connectedSince: consent?.createdAt ?? null,
    decidesEverything:
      consent === null || isPaused(consent) || request.requestsNewDecision === true,
    canKeep: consent !== null && canKeep(consent, { request, items, now }),
    suspendedAt: consent?.suspendedAt ?? null,
    suspendedFor: consent?.suspendedFor ?? null,
    dropped: titlesOf(dropped, input),
    notShared: whatIsNotShared(requested),
    technical: {
      clientId: request.client.id,
      scopes: requested.scopes.map(({ scope }) => scope),
      claims: requested.claims.map(({ claim }) => claim),
      resources: request.resources,
    },
  };
}

interface KeepInput {
  readonly request: ConsentRequest;
  readonly items: readonly PromptItem[];
  readonly now: Date;
}

/** Can the sign-in continue with the earlier decision? A request that replaces a grant ends the access that it gave. */
function canKeep(consent: Consent, { request, items, now }: KeepInput): boolean {
  return (
    !endsGrants(request.grantAction) &&
    !hasEssentialRunOut(consent, now) &&
    !isPaused(consent) &&
    items.every((item) => isKeepable(consent, item))
  );
}

/** An essential value that is not shared any more cannot be kept. */
function isKeepable(consent: Consent, { claim, changes }: PromptItem): boolean {
  return !changes.includes('over') || findItem(consent, claim)?.isEssential !== true;
}

function titlesOf({ claims, scopes }: DroppedAccess, input: PromptInput): string[] {
  const { catalogue, locale } = input;
  const permissions = scopes
    .map(({ scope }) => catalogue.byName.get(scope))
    .filter((scope) => scope !== undefined)
    // A data scope is covered by its claims.
    .filter((scope) => scope.kind === 'api' || scope.claims.length === 0);
  return [
    ...claims.map((claim) => titleOf(input, claim)),
    ...permissions.map(({ title }) => textIn(title, locale)),
  ];
}

/** The app's own order when it registered its requests, else the order of the profile. */
function inOrder(client: Client, claims: readonly RequestedClaim[]): RequestedClaim[] {
  if (client.requests.length === 0) return inProfileOrder(claims);
  const place = new Map(client.requests.map(({ claim }, index) => [claim, index]));
  return claims.toSorted(
    (one, other) => (place.get(one.claim) ?? place.size) - (place.get(other.claim) ?? place.size),
  );
}

function describeApp(client: Client): PromptApp {
  const { id, name, clientUri, policyUri, tosUri, contact, isVerified } = client;
  const logo = logoHref(client);
  return { clientId: id, name, logo, clientUri, policyUri, tosUri, contact, isVerified };
}

function describePermission(input: PromptInput, requested: RequestedScope): PromptPermission {
  const { catalogue, consent, locale } = input;
  const known = catalogue.byName.get(requested.scope);
  const server = catalogue.resourceServers.find(
    ({ identifier }) => identifier === requested.resource,
  );
  const words = (text: Localized | undefined) =>
    text === undefined ? undefined : textIn(text, locale);
  const previous = consent?.scopes.find(
    ({ scope, resource }) => scope === requested.scope && resource === requested.resource,
  );
  return {
    scope: requested.scope,
    title: words(known?.title) ?? requested.scope,
    description: words(known?.description) ?? '',
    sensitivity: known?.sensitivity ?? 'high',
    resourceTitle: words(server?.title) ?? null,
    previous: previous?.decision ?? null,
    isNew: consent === null || !coversScope(consent, requested),
  };
}

/** The name of the person on our own pages: the default e-mail, else a name. */
function accountLabel(attributes: readonly Attribute[]): string {
  for (const claim of ACCOUNT_LABEL_CLAIMS) {
    const values = attributes.filter((attribute) => attribute.claim === claim);
    const known = values.find(({ isDefault }) => isDefault) ?? values[0];
    const value = known === undefined ? undefined : valueLines(known.value, undefined, 'en')[0];
    if (value !== undefined) return value;
  }
  return '';
}

function whatIsNotShared(requested: RequestedAccess): NotShared[] {
  const claims = new Set(requested.claims.map(({ claim }) => claim));
  const readsAccount = requested.scopes.some(({ scope }) => scope === 'account:read');
  const notRequested = NOTED_WHEN_NOT_SHARED.filter((claim) => !claims.has(claim));
  if (readsAccount) return ['password'];
  return [
    'password',
    ...notRequested,
    ...(claims.size > 0 ? (['other_values'] as const) : []),
    'other_apps',
  ];
}
