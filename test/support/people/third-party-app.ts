import * as oauth from 'openid-client';

import type { Connected } from '../../../src/server/services.ts';
import type { CreateClientInput } from '../../../src/clients/index.ts';
import type { Visitor } from './visitor.ts';

/** Origin of the app. Nothing listens there; the visitor does not follow redirects to it. */
export const APP_ORIGIN = 'http://localhost:9';
export const REDIRECT_URI = `${APP_ORIGIN}/callback`;

/** A third-party app with openid-client, as a developer would write it. */
export interface ThirdPartyApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly config: oauth.Configuration;
  /** Opens `/auth`; the visitor ends on a page of the server or at the app. */
  begin(visitor: Visitor, parameters?: Readonly<Record<string, string>>): Promise<SignInAttempt>;
}

/** One run of the code flow. */
export interface SignInAttempt {
  /**
   * Redeems the code of the authorization response; `parameters` are sent to the token endpoint.
   * @throws the error of openid-client for an error response.
   */
  finish(parameters?: Readonly<Record<string, string>>): Promise<Tokens>;
  /** The parameters of the authorization response. */
  answer(): URLSearchParams;
}

export type Tokens = Awaited<ReturnType<typeof oauth.authorizationCodeGrant>>;

export interface AppSettings extends Partial<CreateClientInput> {
  /** Address of a second node of the same installation. */
  readonly serverUrl?: string;
  /** The `fetch` of the app. Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

const STANDARD_SCOPES = ['openid', 'profile', 'email', 'phone', 'address', 'offline_access'];

/** Registers an app with the real use case and configures it with discovery. */
export async function registerThirdPartyApp(
  server: { readonly url: string; readonly connected: Connected },
  ownerAccountId: string,
  settings: AppSettings = {},
): Promise<ThirdPartyApp> {
  const { serverUrl, fetch: send = fetch, ...input } = settings;
  const { client, secret } = await server.connected.clients.create({
    ownerAccountId,
    applicationType: 'web',
    name: 'Bookshop',
    redirectUris: [REDIRECT_URI],
    postLogoutRedirectUris: [`${APP_ORIGIN}/`],
    scopes: STANDARD_SCOPES,
    ...input,
  });
  const clientSecret = secret?.secret ?? '';
  const credentials = { clientId: client.id, clientSecret, fetch: send };
  return connectApp(serverUrl ?? server.url, credentials);
}

/** Registers a web app with only a name and redirect address, so that the defaults of the server apply. */
export async function registerStockApp(
  server: { readonly url: string; readonly connected: Connected },
  ownerAccountId: string,
  settings: AppSettings = {},
): Promise<ThirdPartyApp> {
  const { client, secret } = await server.connected.clients.create({
    ownerAccountId,
    applicationType: 'web',
    name: 'Stock app',
    redirectUris: [REDIRECT_URI],
    ...settings,
  });
  return connectApp(server.url, { clientId: client.id, clientSecret: secret?.secret ?? '' });
}

/** Configures the app for one server address. */
export async function connectApp(
  serverUrl: string,
  settings: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly fetch?: typeof fetch;
  },
): Promise<ThirdPartyApp> {
  const { clientId, clientSecret, fetch: send = fetch } = settings;
  const config = await oauth.discovery(
    new URL(serverUrl),
    clientId,
    undefined,
    clientSecret === '' ? oauth.None() : oauth.ClientSecretBasic(clientSecret),
    { execute: [oauth.allowInsecureRequests], [oauth.customFetch]: send as oauth.CustomFetch },
  );
  return {
    clientId,
    clientSecret,
    config,
    begin: (visitor, parameters) => begin(config, visitor, parameters ?? {}),
  };
}

async function begin(
  config: oauth.Configuration,
  visitor: Visitor,
  parameters: Readonly<Record<string, string>>,
): Promise<SignInAttempt> {
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
  const expectedState = oauth.randomState();
  const expectedNonce = oauth.randomNonce();
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  });
  await visitor.get(url);
  return {
    answer: () => visitor.page.url.searchParams,
    finish: (tokenParameters = {}) =>
      oauth.authorizationCodeGrant(
        config,
        visitor.page.url,
        { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true },
        { ...tokenParameters },
      ),
  };
}

/** Whether the address belongs to the app, where the visitor stops. */
export function isAtApp(url: URL): boolean {
  return url.origin === APP_ORIGIN;
}
