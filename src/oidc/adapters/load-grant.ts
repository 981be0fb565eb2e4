import {
  errors,
  type Client as ProviderClient,
  type Grant as ProviderGrant,
  type KoaContextWithOIDC,
} from 'oidc-provider';

import type { Client } from '../../clients/index.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Consent, ConsentKey, GrantAction } from '../../consents/index.ts';
import type { CreateGrantInput, Grant } from '../../tokens/index.ts';
import { type ConsentParameters, toConsentRequest } from '../authorization/consent-request.ts';
import {
  grantActionOf,
  type GrantParameters,
  invalidGrantId,
} from '../grant-management/grant-management.ts';
import { toProviderError } from '../provider-errors.ts';
import { isOutdated, type PendingProof } from '../authorization/pending-proof.ts';
import type { OidcContext } from '../context.ts';
import { mayUse } from '../find-account.ts';

/**
 * Finds the person's consent by account and app, not by browser session as the library does on its own: a decision
 * made on one device holds on all. Each session gets a grant of its own, so that signing out of one leaves the others.
 * @throws LoginRequired when the session ended during the request, InvalidRedirectUri when the app has removed the
 *   redirect address of the request, `invalid_grant_id` when the request names a grant of another person.
 */
export async function loadExistingGrant(
  deps: OidcContext,
  ctx: KoaContextWithOIDC,
): Promise<ProviderGrant | undefined> {
  const { client, session, account } = ctx.oidc;
  if (client === undefined || session === undefined || account === undefined) return undefined;
  refuseRemovedAddress(ctx, client);
  const { accountId } = account;
  const registered = await toProviderError(deps.clients.find(client.clientId));
  if (registered?.isFirstParty === true) return allowEverythingRequested(ctx, accountId);

  const action = grantActionOf(ctx.oidc.params as GrantParameters);
  const key = { accountId, clientId: client.clientId };
  const consent = await findConsent(deps, ctx, key);
  requireNamedGrant(consent, action);
  if (!isDecided(ctx, consent)) return undefined;

  const grantId = session.grantIdFor(client.clientId);
  const known = grantId === undefined ? undefined : await ctx.oidc.provider.Grant.find(grantId);
  const isUsable =
    known !== undefined &&
    isHalfFresh(timesOf(known)) &&
    known.accountId === accountId &&
    isOfVersion(await toProviderError(deps.tokens.findGrant(known.jti)), consent);
  // A changed consent gets a new grant, so that the tokens of the old grant can end, but only when no prompt is
  // required.
  const endsOthers = await isToBeChanged(deps, ctx, { consent, action, registered });
  if (isUsable && !endsOthers) return known;

  const created = await toProviderError(
    openGrant(deps, {
      grant: {
        accountId,
        clientId: client.clientId,
        consentId: consent.id,
        consentVersion: consent.version,
        sessionUid: session.uid,
        endsOthers,
        expiresInSeconds: deps.settings.lifetimes.grant,
      },
      loginTs: session.loginTs,
      proof: unsavedProof(ctx, accountId),
    }),
  );
  if (created === null) throw new errors.LoginRequired();
  return ctx.oidc.provider.Grant.find(created.id);
}

/** The decision can have been made on another node a moment ago, before its announcement arrived here. */
async function findConsent(
  { consents }: OidcContext,
  { oidc }: KoaContextWithOIDC,
  key: ConsentKey,
): Promise<Consent | null> {
  const decided = oidc.result?.['consent'] as Partial<Consent> | undefined;
  if (grantActionOf(oidc.params as GrantParameters) !== undefined) consents.forget(key);
  const known = await toProviderError(consents.recent(key));
  const isCurrent = known?.id === decided?.id && (known?.version ?? 0) >= (decided?.version ?? 0);
  if (decided === undefined || isCurrent) return known;
  consents.forget(key);
  return toProviderError(consents.recent(key));
}

/** @throws `invalid_grant_id` when the app named another grant, or one that has ended. */
function requireNamedGrant(consent: Consent | null, action: GrantAction | undefined): void {
  const isNamed = action !== undefined && action.kind !== 'create';
  if (isNamed && consent?.grantId !== action.grantId) throw invalidGrantId();
}

/** Without a consent, or when the request demands a new decision first, the page comes before any grant. */
function isDecided({ oidc }: KoaContextWithOIDC, consent: Consent | null): consent is Consent {
  return consent !== null && !oidc.promptPending('consent');
}

interface PendingChange {
  readonly consent: Consent;
  readonly action: GrantAction | undefined;
  readonly registered: Client | null;
}

/** Will this request change the app's permissions without a further page? */
async function isToBeChanged(
  { consents }: OidcContext,
  { oidc }: KoaContextWithOIDC,
  { consent, action, registered }: PendingChange,
): Promise<boolean> {
  if (action === undefined || registered === null) return false;
  if (action.kind !== 'merge') return oidc.result?.['consent'] !== undefined;
  const request = toConsentRequest(registered, oidc.params as unknown as ConsentParameters);
  return toProviderError(consents.coversRequest(consent, request));
}

/** The library checks the address at the start of a request; the app may have removed it while a page was open. */
function refuseRemovedAddress({ oidc }: KoaContextWithOIDC, client: ProviderClient): void {
  const address = oidc.params?.['redirect_uri'];
  if (typeof address === 'string' && !client.redirectUriAllowed(address)) {
    throw new errors.InvalidRedirectUri();
  }
}

/** The proof of this request, if its session is saved only at the end. */
function unsavedProof({ oidc }: KoaContextWithOIDC, accountId: string): PendingProof | null {
  const proof = oidc.result?.login as PendingProof | undefined;
  const isSaved = oidc.entities.Interaction?.session?.accountId === accountId;
  return proof === undefined || isSaved ? null : proof;
}

/** Our own console only needs the identity of the person; it gets no token, so nothing is stored. */
function allowEverythingRequested(ctx: KoaContextWithOIDC, accountId: string): ProviderGrant {
  const clientId = ctx.oidc.client?.clientId ?? '';
  const grant = new ctx.oidc.provider.Grant({ accountId, clientId });
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
  return grant;
}

/**
 * The grant contains the version that other nodes must read, so after each change of the consent the next code gets a
 * new grant.
 */
export function isOfVersion(grant: Grant | null, { version }: Consent): boolean {
  return grant !== null && (grant.consentVersion ?? 0) >= version;
}

interface GrantTimes {
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
}

function timesOf(grant: ProviderGrant): GrantTimes {
  return grant as unknown as GrantTimes;
}

/** A grant that expires soon would end its refresh tokens early. */
export function isHalfFresh({ iat, exp }: GrantTimes): boolean {
  return Date.now() / 1000 < (iat + exp) / 2;
}

interface OpenGrantInput {
  readonly grant: CreateGrantInput & { readonly sessionUid: string };
  /** Seconds since 1970. */
  readonly loginTs: number | undefined;
  /** The proof of a session that is not stored yet; null when it is stored. */
  readonly proof: PendingProof | null;
}

/**
 * Stores a grant, or returns null when its session or proof has ended since the request began. A concurrent sign-out
 * waits until the grant is written, and then revokes it.
 */
async function openGrant(deps: OidcContext, input: OpenGrantInput): Promise<Grant | null> {
  return (await openGrantAtOnce(deps, input)) ?? openGrantInTransaction(deps, input);
}

/** The usual case: the account is as this node knows it. @returns null when nothing was written. */
async function openGrantAtOnce(
  { accounts, sessions, tokens }: OidcContext,
  { grant, loginTs, proof }: OpenGrantInput,
): Promise<Grant | null> {
  const account = await accounts.find(grant.accountId);
  if (account === null || !mayUse(account, { iat: loginTs })) return null;
  const held = sql`exists (${accounts.heldAsRead(account)})`;
  if (proof === null)
    return tokens.createGrantWhere(
      grant,
      sql`${held} and exists (${sessions.heldWhileLive(grant.sessionUid)})`,
    );
  return isOutdated(account, proof) ? null : tokens.createGrantWhere(grant, held);
}

async function openGrantInTransaction(
  deps: OidcContext,
  { grant, loginTs, proof }: OpenGrantInput,
): Promise<Grant | null> {
  return deps.db.transaction(async (tx) => {
    const account = await deps.accounts.hold(tx, grant.accountId);
    if (account === null || !mayUse(account, { iat: loginTs })) return null;
    const stands =
      proof === null ? await deps.sessions.hold(tx, grant.sessionUid) : !isOutdated(account, proof);
    return stands ? deps.tokens.createGrant(tx, grant) : null;
  });
}
