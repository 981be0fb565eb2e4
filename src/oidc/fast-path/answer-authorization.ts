import type { Client as ProviderClient } from 'oidc-provider';

import type { Client } from '../../clients/index.ts';
import type { StoredSession } from '../../sessions/index.ts';
import { isHalfFresh, isOfVersion } from '../adapters/load-grant.ts';
import { countAuthorizationRequest } from '../authorization/authorization-limit.ts';
import { tooLongParameter } from '../authorization/parameter-lengths.ts';
import type { Account } from '../../accounts/index.ts';
import { mayUseNonce } from '../configuration.ts';
import { mayUseSession } from '../find-account.ts';
import { epochSeconds } from '../../platform/clock.ts';
import type { ProjectedGrant } from '../adapters/grant-adapter.ts';
import type { FastPathContext } from './context.ts';
import { findLiveGrant, grantedOf, nowInSeconds } from './live-access.ts';
import { needsPage } from './needs-page.ts';
import type { PlainForm, PlainRequest } from './plain-request.ts';
import type { SignedCookie } from './signed-cookie.ts';

/** Parameters of a plain authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export const AUTHORIZATION_FIELDS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
];

/** The answer to an authorization request: a redirect to the app, and the cookie of the session. */
export interface CodeRedirect {
  readonly location: string;
  readonly cookie: SignedCookie;
  /** When the browser forgets the cookie, in seconds since 1970; null: when it closes. */
  readonly cookieExpiresAt: number | null;
}

/** An address that stays as it is when it is parsed and encoded for a header. */
const PLAIN_ADDRESS = /^https?:\/\/[\w.~:/?&=+@,;!$()*[\]-]+$/;
/** RFC 7636 §4.2. */
const CHALLENGE = /^[\w.~-]{43,128}$/;

/**
 * Issues a code to an app of which a signed-in person has decided everything that the request contains (RFC 6749 §4.1.2). Null
 * for requests that need a page, for refusals, and when the session has to be stored again.
 */
export async function answerAuthorization(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<CodeRedirect | null> {
  const { form } = request;
  const cookie = ctx.readSessionCookie(request.req);
  if (cookie === null) return null;
  const client = await findApp(ctx, form);
  if (client === null) return null;
  const session = await findLiveSession(ctx, cookie.value, client.clientId);
  if (session === null) return null;
  const grant = await findDecidedGrant(ctx, { form, client, session });
  const scopes = grant === null ? [] : grantedOf(grant, new Set(scopesOf(form)));
  if (scopes.length === 0) return null;
  // Last, because the library counts the requests that it answers.
  await countAuthorizationRequest(ctx);
  const code = await issueCode(ctx, { form, client, session, scopes });
  return {
    location: addressOf(form, { code, issuer: ctx.settings.issuer }),
    cookie,
    cookieExpiresAt: session.isTransient ? null : nowInSeconds() + session.seconds,
  };
}

/** The app of a request that is valid in itself. */
async function findApp(ctx: FastPathContext, form: PlainForm): Promise<ProviderClient | null> {
  const { client_id: clientId, response_type: type, redirect_uri: address = '' } = form;
  const hasEmpty = Object.values(form).includes('');
  if (hasEmpty || tooLongParameter(form) !== undefined || clientId === undefined) return null;
  const [client, registered] = await Promise.all([
    ctx.provider.Client.find(clientId),
    ctx.clients.find(clientId),
  ]);
  if (client === undefined || registered === null) return null;
  // Our own apps have no consent and no grant.
  if (registered.isFirstParty) return null;
  const isPlain =
    isAllowed(client, { type, address }) &&
    areScopesKept(ctx, registered, form) &&
    isProtected(client, form);
  return isPlain ? client : null;
}

/** Does the app want a code at this address, and may it (RFC 6749 §3.1.1, §3.1.2.3)? */
function isAllowed(
  client: ProviderClient,
  { type, address }: { readonly type: string | undefined; readonly address: string },
): boolean {
  if (type !== 'code' || !client.responseTypeAllowed(type)) return false;
  return PLAIN_ADDRESS.test(address) && client.redirectUriAllowed(address);
}

/** Would the library pass on each scope, in this order? */
function areScopesKept(
  { serverScopes }: FastPathContext,
  { scopes, grantTypes }: Client,
  form: PlainForm,
): boolean {
  const requested = scopesOf(form);
  const isLasting = grantTypes.includes('refresh_token') || !requested.includes('offline_access');
  return (
    isLasting &&
    requested.includes('openid') &&
    new Set(requested).size === requested.length &&
    requested.every((scope) => scopes.includes(scope) && serverScopes.has(scope))
  );
}

/** With PKCE by S256 (RFC 7636 §4.3), or with a nonce where that is sufficient. */
function isProtected(client: ProviderClient, form: PlainForm): boolean {
  const { code_challenge: challenge, code_challenge_method: method, nonce } = form;
  if (challenge === undefined && method === undefined) {
    return nonce !== undefined && mayUseNonce(client);
  }
  return method === 'S256' && CHALLENGE.test(challenge ?? '');
}

function scopesOf({ scope = '' }: PlainForm): string[] {
  return scope.split(' ');
}

/** A session in which a person is signed in, and the state of the app in it. */
interface LiveSession {
  readonly uid: string;
  readonly accountId: string;
  readonly loginTs: number;
  readonly acr: string | undefined;
  readonly amr: readonly string[] | undefined;
  readonly isTransient: boolean;
  readonly sid: string;
  readonly grantId: string;
  readonly persistsLogout: boolean;
  /** Seconds that it is valid after this request. */
  readonly seconds: number;
}

async function findLiveSession(
  ctx: FastPathContext,
  id: string,
  clientId: string,
): Promise<LiveSession | null> {
  const stored = await ctx.sessions.findById(id);
  if (stored === null || (stored.payload.exp ?? 0) <= nowInSeconds()) return null;
  const { accountId, loginTs, transient } = stored.payload;
  if (accountId === undefined || loginTs === undefined) return null;
  const account = await ctx.accounts.find(accountId);
  const session = { loginTs, transient };
  if (account === null || !mayUseSession(ctx, account, session)) return null;
  const { isAdministrator } = account;
  const seconds = ctx.sessions.secondsLeft({ session, isAdministrator });
  if (!ctx.sessions.isKept(stored, seconds)) return null;
  return describe(stored, { account, clientId, seconds });
}

interface SessionOfApp {
  readonly account: Account;
  readonly clientId: string;
  readonly seconds: number;
}

/** Null without an earlier answer to the app, and while a sign-out waits for its confirmation. */
function describe(
  { payload }: StoredSession,
  { account, clientId, seconds }: SessionOfApp,
): LiveSession | null {
  const { uid, loginTs, acr, amr, state, transient } = payload;
  const { sid, grantId, persistsLogout = false } = payload.authorizations?.[clientId] ?? {};
  if (uid === undefined || loginTs === undefined) return null;
  if (sid === undefined || grantId === undefined || state !== undefined) return null;
  const isTransient = transient === true;
  const { id: accountId } = account;
  return { uid, accountId, loginTs, acr, amr, isTransient, sid, grantId, persistsLogout, seconds };
}

interface SignedInRequest {
  readonly form: PlainForm;
  readonly client: ProviderClient;
  readonly session: LiveSession;
}

/** The grant of the session, if it is of the person's consent as it is now and the request needs no page. */
async function findDecidedGrant(
  ctx: FastPathContext,
  { form, client, session }: SignedInRequest,
): Promise<ProjectedGrant | null> {
  const { accountId, grantId, loginTs, persistsLogout } = session;
  const { clientId } = client;
  // The library notes in the session that the access outlives it.
  if (scopesOf(form).includes('offline_access') && !persistsLogout) return null;
  const [consent, found] = await Promise.all([
    ctx.consents.recent({ accountId, clientId }),
    findLiveGrant(ctx, { accountId, clientId, grantId }),
  ]);
  if (consent === null || found === null || !isOfVersion(found.grant, consent)) return null;
  const { createdAt, expiresAt } = found.grant;
  if (!isHalfFresh({ iat: epochSeconds(createdAt), exp: epochSeconds(expiresAt) })) return null;
  return (await needsPage(ctx.policy, { client, form, accountId, loginTs })) ? null : found;
}

interface CodeInput extends SignedInRequest {
  readonly scopes: readonly string[];
}

async function issueCode(
  { provider }: FastPathContext,
  { form, client, session, scopes }: CodeInput,
): Promise<string> {
  const { accountId, acr, amr, grantId, loginTs, sid, uid } = session;
  const code = new provider.AuthorizationCode({
    accountId,
    acr,
    amr,
    authTime: loginTs,
    client,
    codeChallenge: form['code_challenge'],
    codeChallengeMethod: form['code_challenge_method'],
    grantId,
    nonce: form['nonce'],
    redirectUri: form['redirect_uri'],
    scope: scopes.join(' '),
    sessionUid: uid,
    ...(client.includeSid() && { sid }),
    // Access that does not outlive the session ends with it.
    ...(!scopes.includes('offline_access') && { expiresWithSession: true }),
  } as ConstructorParameters<typeof provider.AuthorizationCode>[0]);
  return code.save();
}

/** The address of the app with the parameters of the answer (RFC 6749 §4.1.2, RFC 9207 §2). */
function addressOf(
  { redirect_uri: address = '', state }: PlainForm,
  { code, issuer }: { readonly code: string; readonly issuer: string },
): string {
  const url = new URL(address);
  url.searchParams.set('code', code);
  if (state !== undefined) url.searchParams.set('state', state);
  url.searchParams.set('iss', issuer);
  return url.href;
}
