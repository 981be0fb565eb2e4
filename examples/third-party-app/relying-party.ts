import { setTimeout as pause } from 'node:timers/promises';

import * as oidc from 'openid-client';

import { isLoopback, type Config } from './config.ts';

/** One unfinished sign-in. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** One signed-in reader: the tokens and exactly the claims received with them. */
export interface Visit {
  readonly idToken: string;
  readonly idTokenClaims: oidc.IDToken;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly grantedScope: string;
  /** The last answer of UserInfo, kept when a later reading is refused. */
  readonly userInfo: oidc.UserInfoResponse | null;
  readonly readAt: Date | null;
}

/** The kind of request: first sign-in, later sign-in, or request for further claims. */
export type Variant =
  'first-time' | 'return' | 'choose-again' | 'prove-again' | 'email-in-id-token';

/** The relying party of OpenID Connect. Every function throws the errors of openid-client. */
export interface RelyingParty {
  /** False until the issuer's discovery document has been read. */
  isReady(): boolean;
  begin(variant: Variant): Promise<{ readonly url: URL; readonly attempt: Attempt }>;
  finish(callback: URL, attempt: Attempt): Promise<Visit>;
  read(visit: Visit): Promise<Visit>;
  refresh(visit: Visit): Promise<Visit>;
  signOutUrl(visit: Visit): URL;
  close(): void;
}

const scope = 'openid profile email phone offline_access';

/**
 * Extra parameters of the authorization request (OpenID Connect Core 1.0 §3.1.2.1, §5.5).
 * A request with `offline_access` gets a refresh token after the person's decision, without `prompt=consent` (§11, "other
 * conditions"). `prompt=consent` is only for a person who wants to choose again.
 */
const variants: Readonly<Record<Variant, Readonly<Record<string, string>>>> = {
  'first-time': {},
  return: {},
  'choose-again': { prompt: 'consent' },
  'prove-again': { prompt: 'login', max_age: '0' },
  'email-in-id-token': { claims: JSON.stringify({ id_token: { email: null } }) },
};

/** Starts discovery and repeats it until the issuer answers; `report` receives a line for each failed attempt. */
export function createRelyingParty(config: Config, report: (line: string) => void): RelyingParty {
  const stop = new AbortController();
  let known: oidc.Configuration | null = null;
  void discoverUntilFound(config, { signal: stop.signal, report }).then((found) => {
    known = found;
  });
  const configuration = () => {
    if (known === null) throw new Error('The issuer has not answered yet');
    return known;
  };

  return {
    isReady: () => known !== null,
    begin: async (variant) => await begin(configuration(), config, variant),
    async finish(callback, attempt) {
      const tokens = await oidc.authorizationCodeGrant(configuration(), callback, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.codeVerifier,
        idTokenExpected: true,
      });
      return await read(configuration(), visitFrom(tokens, null));
    },
    read: async (visit) => await read(configuration(), visit),
    async refresh(visit) {
      if (visit.refreshToken === null) throw new Error('Consentry gave no refresh token');
      const tokens = await oidc.refreshTokenGrant(configuration(), visit.refreshToken);
      return visitFrom(tokens, visit);
    },
    signOutUrl: (visit) =>
      oidc.buildEndSessionUrl(configuration(), {
        id_token_hint: visit.idToken,
        post_logout_redirect_uri: `${config.publicUrl}/`,
      }),
    close: () => {
      stop.abort();
    },
  };
}

async function discoverUntilFound(
  config: Config,
  { signal, report }: { signal: AbortSignal; report: (line: string) => void },
): Promise<oidc.Configuration | null> {
  const execute = [oidc.enableNonRepudiationChecks];
  if (config.issuer.protocol === 'http:' && isLoopback(config.issuer)) {
    // openid-client marks this as deprecated as a warning: plain http is only for tests on one machine.
    execute.push(oidc.allowInsecureRequests);
  }
  for (let waitMs = 250; !signal.aborted; waitMs = Math.min(waitMs * 2, 4000)) {
    try {
      const authentication = oidc.ClientSecretBasic(config.clientSecret);
      return await oidc.discovery(config.issuer, config.clientId, undefined, authentication, {
        execute,
        timeout: 10,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report(`Bookshop waits for ${config.issuer.href} (${reason})`);
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return null;
}

async function begin(configuration: oidc.Configuration, config: Config, variant: Variant) {
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const attempt: Attempt = { state: oidc.randomState(), nonce: oidc.randomNonce(), codeVerifier };
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: `${config.publicUrl}/callback`,
    scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...variants[variant],
  });
  return { url, attempt };
}

async function read(configuration: oidc.Configuration, visit: Visit): Promise<Visit> {
  const userInfo = await oidc.fetchUserInfo(
    configuration,
    visit.accessToken,
    visit.idTokenClaims.sub,
  );
  return { ...visit, userInfo, readAt: new Date() };
}

function visitFrom(
  tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
  previous: Visit | null,
): Visit {
  const idTokenClaims = tokens.claims() ?? previous?.idTokenClaims;
  const idToken = tokens.id_token ?? previous?.idToken;
  if (idTokenClaims === undefined || idToken === undefined) throw new Error('No ID token came');
  return {
    idToken,
    idTokenClaims,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? previous?.refreshToken ?? null,
    grantedScope: tokens.scope ?? previous?.grantedScope ?? scope,
    userInfo: previous?.userInfo ?? null,
    readAt: previous?.readAt ?? null,
  };
}
