import * as oauth from 'openid-client';

import type { Connected } from '../../src/server/services.ts';
import type { CreateClientInput } from '../../src/clients/index.ts';
import type { Visitor } from './visitor.ts';

/** Where the app would live; nothing listens there, the visitor stops at its door. */
export const APP_ORIGIN = 'http://localhost:9';
export const REDIRECT_URI = `${APP_ORIGIN}/callback`;

/** A third-party app on openid-client, as its developer would write it. */
export interface ThirdPartyApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly config: oauth.Configuration;
  /** Sends the visitor to `/auth`; the visitor ends on a page of ours or back at the app. */
  begin(visitor: Visitor, parameters?: Readonly<Record<string, string>>): Promise<SignInAttempt>;
}

/** One run of the code flow. */
export interface SignInAttempt {
  /**
   * Redeems what the visitor came back with; `parameters` go to the token endpoint.
   * @throws what openid-client throws for an error answer.
   */
  finish(parameters?: Readonly<Record<string, string>>): Promise<Tokens>;
  /** The parameters the visitor came back with. */
  answer(): URLSearchParams;
}

export type Tokens = Awaited<ReturnType<typeof oauth.authorizationCodeGrant>>;

export interface AppSettings extends Partial<CreateClientInput> {
  /** For a second node of the same installation. */
  readonly serverUrl?: string;
  /** How the app sends its requests; default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

const STANDARD_SCOPES = ['openid', 'profile', 'email', 'phone', 'address', 'offline_access'];

/** Registers an app with the real use case and sets up its side with discovery. */
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

/** Registers a web app that says nothing but its name and address: the rest is our default. */
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

/** The app's side against one server address. */
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

/** True for an address at the app: the visitor stops there. */
export function isAtApp(url: URL): boolean {
  return url.origin === APP_ORIGIN;
}
