/**
 * The only file that decides which claims and permissions an app has from a consent at one moment. A value may be
 * released when the decision about its claim is live (shared, with a value, not used up, not expired), when the app is
 * permitted to have the claim, when the decision was made for the app's current request, and when the consent is in
 * force. Every path that releases, shows or changes a decision uses these functions; a test forbids the conditions
 * elsewhere.
 */
import type { Client } from '../clients/index.ts';
import { choseToShare } from '../receipts/index.ts';
import { decidingClaim, type Catalogue } from '../scopes/index.ts';
import type { Consent, ConsentItem, ConsentScope } from './consent.ts';

/** A consent and the current registration of its app; `client` is null when the app no longer exists. */
export interface EntitlementInput {
  readonly consent: Consent;
  readonly client: Client | null;
  readonly catalogue: Catalogue;
  readonly now: Date;
}

/** `shared`: its value may be released while the consent is in force. The others are the reasons against a release. */
export type ClaimState = 'shared' | 'refused' | 'not_asked' | 'deleted' | 'spent' | 'expired';

/** The decisions whose values may be released now. Empty when the consent is not in force or the app is not active. */
export function effectiveClaims(
  input: EntitlementInput,
  isUsable: (item: ConsentItem, now: Date) => boolean = isLive,
): readonly ConsentItem[] {
  const { consent, client, now } = input;
  if (client?.status !== 'active' || !isInForce(consent, now)) return [];
  return consent.items.filter(
    (item) => isUsable(item, now) && wasDecidedForCurrentRequest(item, input),
  );
}

/**
 * The names of the permissions of this server itself, not of another API, that the app has now. Empty when the consent is not in force
 * or the app is not active.
 */
export function effectiveOwnScopes(input: EntitlementInput): ReadonlySet<string> {
  const { consent, client, now } = input;
  if (client?.status !== 'active' || !isInForce(consent, now)) return new Set();
  const own = allowedScopes(input).filter(({ resource }) => resource === null);
  return new Set(own.map(({ scope }) => scope));
}

/** The decisions whose values may be released while the consent is in force, without regard to a pause. */
export function sharedClaims(input: EntitlementInput): readonly ConsentItem[] {
  return input.consent.items.filter((item) => claimState(item, input) === 'shared');
}

/** The permissions that the person allowed and the app may still use, without regard to a pause. */
export function allowedScopes({
  consent,
  client,
  catalogue,
}: Omit<EntitlementInput, 'now'>): readonly ConsentScope[] {
  return consent.scopes.filter(
    ({ scope, decision }) =>
      decision === 'allow' &&
      client?.scopes.includes(scope) === true &&
      catalogue.byName.get(scope)?.retiredAt === null,
  );
}

/** The state of one decision, without regard to a pause. */
export function claimState(
  item: ConsentItem,
  { client, catalogue, now }: Omit<EntitlementInput, 'consent'>,
): ClaimState {
  if (!choseToShare(item)) return 'refused';
  if (!wasDecidedForCurrentRequest(item, { client, catalogue })) return 'not_asked';
  if (item.attributeId === null) return 'deleted';
  if (item.usedAt !== null) return 'spent';
  return isLive(item, now) ? 'shared' : 'expired';
}

/** Is the decision live at `now`: shared, with a value, not used up and not expired? */
export function isLive(item: ConsentItem, now: Date): boolean {
  return (
    choseToShare(item) && item.attributeId !== null && item.usedAt === null && !hasRunOut(item, now)
  );
}

/** As {@link isLive}, for the caller that has just used up these claims, each of which is shared once. */
export function isLiveAfterUse(used: ReadonlySet<string>) {
  return (item: ConsentItem, now: Date): boolean =>
    isLive(used.has(item.claim) ? { ...item, usedAt: null } : item, now);
}

/**
 * Is the app permitted to have the claim, and was the decision made for its present request? When an app removed a claim and
 * requests it again, the earlier decision counts only after the person has confirmed it.
 */
export function wasDecidedForCurrentRequest(
  { claim, purposeVersion, keptVersion }: ConsentItem,
  { client, catalogue }: Pick<EntitlementInput, 'client' | 'catalogue'>,
): boolean {
  if (client === null || !permittedClaims(client, catalogue).has(claim)) return false;
  const since = client.requests.find((request) => request.claim === claim)?.sinceVersion ?? 0;
  return purposeVersion >= since || (keptVersion ?? 0) >= since;
}

/** The claims that this app may request and receive: those of the scopes it may use, and of these the ones it registered. */
export function permittedClaims(client: Client, catalogue: Catalogue): ReadonlySet<string> {
  const known = permitted.get(client);
  if (known?.catalogue === catalogue) return known.claims;
  const reachable = new Set(
    catalogue.dataScopes
      .filter(({ name }) => client.scopes.includes(name))
      .flatMap((scope) => scope.claims)
      .map(decidingClaim)
      .filter((claim) => claim !== null),
  );
  const registered = client.requests.map(({ claim }) => claim);
  const claims =
    registered.length === 0
      ? reachable
      : new Set(registered.filter((claim) => reachable.has(claim)));
  permitted.set(client, { catalogue, claims });
  return claims;
}

// Clients and catalogues are cached objects that never change, and each release needs their claims.
const permitted = new WeakMap<
  Client,
  { readonly catalogue: Catalogue; readonly claims: ReadonlySet<string> }
>();

/**
 * May anything be released or issued under this consent now? Not when it was withdrawn or is paused, or when an
 * essential value has expired. Tokens are then refused as if there were no consent.
 */
export function isInForce(consent: Consent, now: Date): boolean {
  return consent.status === 'active' && !isPaused(consent) && !hasEssentialRunOut(consent, now);
}

/** Has the app received nothing since then, until the person decides again? */
export function isPaused({ suspendedAt }: Pick<Consent, 'suspendedAt'>): boolean {
  return suspendedAt !== null;
}

function hasRunOut(item: ConsentItem, now: Date): boolean {
  return choseToShare(item) && item.expiresAt !== null && now >= item.expiresAt;
}

/** Has an essential value expired? Then a refresh is refused and `prompt=none` is answered with `consent_required`. */
export function hasEssentialRunOut({ items }: Consent, now: Date): boolean {
  return items.some((item) => item.isEssential && hasRunOut(item, now));
}

/** The moment at which the first essential value expires; null when none does. */
export function firstEssentialExpiry({ items }: Consent): Date | null {
  const ends = endTimes(items.filter((item) => item.isEssential && choseToShare(item)));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

/** The times at which these decisions expire, in milliseconds since 1970, without those that do not expire. */
export function endTimes(items: readonly Pick<ConsentItem, 'expiresAt'>[]): readonly number[] {
  return items.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt.getTime()]));
}

/** The first moment after `now` at which a shared value expires; null when none does. */
export function nextExpiry({ items }: Consent, now: Date): Date | null {
  let first: Date | null = null;
  for (const { expiresAt } of items) {
    const isLater = expiresAt !== null && expiresAt > now;
    if (isLater && (first === null || expiresAt < first)) first = expiresAt;
  }
  return first;
}

/** The time in which a picture that is shared once can be fetched after the release of its address. */
const PICTURE_SECONDS = 600;

/**
 * May a picture with this decision be fetched now? A picture that is shared once is used up when its address is
 * released.
 */
export function isPictureFetchable(item: ConsentItem, now: Date): boolean {
  if (item.duration !== 'once') return isLive(item, now);
  if (item.usedAt === null) return false;
  const until = item.usedAt.getTime() + PICTURE_SECONDS * 1000;
  return isLive({ ...item, usedAt: null }, now) && now.getTime() < until;
}
