import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';

import type { Account } from '../accounts/index.ts';
import { CONSOLE_CLIENT_ID } from '../clients/index.ts';
import type {
  AppCaller,
  Caller,
  RequestAuthenticator,
  SignInOptions,
  TokenCaller,
} from '../http/routing/caller.ts';
import { ACR } from './configuration.ts';
import { mayUseSession } from './find-account.ts';
import type { OidcContext } from './context.ts';
import { findLiveToken } from './live-token.ts';
import { fromProviderError } from './provider-errors.ts';
import { renewSession } from './renew-session.ts';
import type { ReturnAddress } from './authorization/return-address.ts';

export interface RequestAuthenticatorDeps extends Pick<OidcContext, 'accounts' | 'sessions'> {
  readonly provider: () => Provider;
  readonly returnAddress: ReturnAddress;
  readonly issuer: string;
}

const ANONYMOUS: Caller = { kind: 'anonymous' };

/** Permissions with which a token acts for the person and not for the app that holds it. */
const PERSON_SCOPES = ['account:read', 'account:write', 'clients:manage', 'scopes:manage'];

/** Identifies the caller of our own pages and APIs: by the provider's session, or an access token it issued. */
export function createRequestAuthenticator(deps: RequestAuthenticatorDeps): RequestAuthenticator {
  return {
    identify: (ctx: Context) => {
      const token = bearerToken(ctx);
      return token === undefined ? identifyBySession(deps, ctx) : identifyByToken(deps, token);
    },
    signInUrl: (_ctx: Context, options: SignInOptions) => signInUrl(deps, options),
  };
}

/**
 * The console is a first-party app (`response_type=none`), so it uses the same sign-in as every other app.
 */
export function signInUrl(
  deps: Pick<RequestAuthenticatorDeps, 'issuer' | 'returnAddress'>,
  options: SignInOptions,
): string {
  const query = new URLSearchParams({
    client_id: CONSOLE_CLIENT_ID,
    response_type: 'none',
    scope: 'openid',
    redirect_uri: `${deps.issuer}/account/signed-in`,
    state: deps.returnAddress.sign(options.next),
  });
  if (options.prompt !== undefined) query.set('prompt', options.prompt);
  return `/auth?${query.toString()}`;
}

async function identifyBySession(deps: RequestAuthenticatorDeps, ctx: Context): Promise<Caller> {
  const session = await fromProviderError(deps.provider().Session.get(ctx as never));
  const { accountId, acr, uid, loginTs, transient } = session;
  if (accountId === undefined || loginTs === undefined) return ANONYMOUS;
  const account = await deps.accounts.find(accountId);
  const stored = { accountId, loginTs, transient };
  if (account === null || !mayUseSession(deps, account, stored)) return ANONYMOUS;
  await renewSession(deps, ctx, { session, stored, account });
  return {
    kind: 'person',
    via: 'session',
    accountId,
    isAdministrator: account.isAdministrator,
    sessionUid: uid,
    authenticatedAt: isComplete(account, acr) ? new Date(loginTs * 1000) : null,
  };
}

/** Was the person signed in with every step that the account has now? Not in a browser that needs no second step. */
function isComplete({ secondFactorSince }: Account, acr: string | undefined): boolean {
  return secondFactorSince === null || (acr !== undefined && acr !== ACR.oneFactor);
}

/** The checks of the library's own UserInfo endpoint: token, audience, app, person, grant; plus the cut-off. */
async function identifyByToken(deps: RequestAuthenticatorDeps, value: string): Promise<Caller> {
  const provider = deps.provider();
  const token = await fromProviderError(provider.AccessToken.find(value));
  if (token === undefined || !isForOurApis(token)) return ANONYMOUS;
  const live = await fromProviderError(findLiveToken(deps, provider, token));
  if (live === null) return ANONYMOUS;
  const { account, grant, client } = live;
  const { clientId } = client;
  const scopes = new Set(grant.getOIDCScopeFiltered(token.scopes).split(' '));
  if (PERSON_SCOPES.some((scope) => scopes.has(scope))) {
    return {
      kind: 'person',
      via: 'token',
      accountId: account.id,
      isAdministrator: account.isAdministrator,
      clientId,
      grantId: grant.jti,
      scopes,
      authenticatedAt: null,
    } satisfies TokenCaller;
  }
  return {
    kind: 'app',
    accountId: account.id,
    clientId,
    grantId: grant.jti,
    scopes,
    requestedClaims: Object.keys(token.claims?.userinfo ?? {}),
  } satisfies AppCaller;
}

/**
 * Tokens of another API are refused, and also tokens bound to a key, because these endpoints accept no proof of the
 * key.
 */
function isForOurApis(token: AccessToken): boolean {
  return token.aud === undefined && !token.isSenderConstrained();
}

type AccessToken = InstanceType<Provider['AccessToken']>;

/** RFC 6750 §2.1; tokens in a query or a form are ignored. */
export function bearerToken(ctx: Context): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(ctx.get('authorization'))?.[1];
}
