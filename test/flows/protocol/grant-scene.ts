import { expect } from 'chai';
import * as oauth from 'openid-client';

import { appAt } from '../../support/people/app-calls.ts';
import { beginAt, connectApp, type ConnectInput } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import type { TestServer } from '../../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

/** The scopes of the first request. */
export const SCOPE = 'openid profile email offline_access';
/** The same without the e-mail. */
export const NARROW = 'openid profile offline_access';
/** The PKCE verifier of every pushed request. */
export const VERIFIER = 'v'.repeat(43);

/** The status of a grant, as the app reads it. */
export interface GrantStatus {
  readonly scopes: readonly { readonly scope: string }[];
  readonly claims: readonly string[];
  readonly created_at: number;
}

type Parameters = Readonly<Record<string, string>>;

/** A person, their browser, and an app with calls about its grants. */
export interface GrantScene {
  readonly ana: TestPerson;
  readonly visitor: Visitor;
  readonly app: ThirdPartyApp;
  /** For `beginAt` and `answerConsent`: shares every requested claim. */
  input(parameters?: Parameters): ConnectInput;
  /** Completes the flow. @returns tokens with a refresh token. */
  connect(parameters?: Parameters): Promise<Tokens>;
  /** The error that the authorization endpoint returns to the app. */
  refusalOf(parameters: Parameters): Promise<string | null>;
  /** A token of the app itself. */
  ownToken(scope: string): Promise<string>;
  /** One call of the Grant Management API; `path` follows `/grants/`. */
  call(method: string, path: string, token?: string): Promise<Response>;
  /** @throws AssertionError unless the status is 200. */
  query(grantId: string): Promise<GrantStatus>;
  claimsSeenWith(tokens: Tokens): Promise<string[]>;
  isRefreshRefused(tokens: Tokens): Promise<boolean>;
  /** The person ends the access of the app. */
  end(): Promise<void>;
  /** The same person and visitor with another app. */
  withApp(app: ThirdPartyApp): GrantScene;
}

let people = 0;

/** Each scene starts with a person without any decision. */
export async function openGrantScene(server: TestServer): Promise<GrantScene> {
  people += 1;
  const ana = await createPerson(server.connected, {
    values: { name: ['Ana Petrova'], phone_number: [`+1202555${String(2000 + people)}`] },
  });
  const app = await registerThirdPartyApp(server, ana.accountId, {
    scopes: ['openid', 'profile', 'email', 'phone', 'offline_access'],
    requests: [request('name'), request('email'), request('phone_number')],
  });
  return sceneWith(server, { ana, app, visitor: visitorAt(server.url) });
}

function sceneWith(
  server: TestServer,
  { ana, app, visitor }: Pick<GrantScene, 'ana' | 'app' | 'visitor'>,
): GrantScene {
  const input = (parameters: Parameters = {}): ConnectInput => ({
    visitor,
    app,
    person: ana,
    choices: choicesFor(ana, parameters['scope'] ?? SCOPE),
    parameters: { scope: SCOPE, ...parameters },
  });
  const ownToken = async (scope: string): Promise<string> =>
    (await oauth.clientCredentialsGrant(app.config, { scope })).access_token;
  const call = (method: string, path: string, token?: string): Promise<Response> =>
    fetch(`${server.url}/grants/${path}`, {
      method,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
  return {
    ana,
    app,
    visitor,
    input,
    ownToken,
    call,
    // Without the prompt there is no refresh token (OpenID Connect Core 1.0 §11).
    connect: (parameters) => connectApp(input({ prompt: 'consent', ...parameters })),
    refusalOf: async (parameters) => {
      await beginAt(input(parameters));
      return visitor.page.url.searchParams.get('error');
    },
    query: async (grantId) => {
      const answer = await call('GET', grantId, await ownToken('grant_management_query'));
      expect(answer.status, await answer.clone().text()).to.equal(200);
      return (await answer.json()) as GrantStatus;
    },
    claimsSeenWith: async (tokens) => {
      const answer = await appAt(server.url, app).userinfo(tokens.access_token);
      return answer.isRefused ? ['refused'] : Object.keys(answer.body).toSorted();
    },
    isRefreshRefused: async (tokens) =>
      (await appAt(server.url, app).refresh(tokens.refresh_token ?? '')).isRefused,
    end: () =>
      server.connected.consents.withdraw({ accountId: ana.accountId, clientId: app.clientId }),
    withApp: (other) => sceneWith(server, { ana, visitor, app: other }),
  };
}

/** Choices for the claims that the page will request. */
function choicesFor(ana: TestPerson, scope: string): Record<string, string> {
  const requested = [
    ...(scope.includes('profile') ? ['name'] : []),
    ...(scope.includes('email') ? ['email'] : []),
    ...(scope.includes('phone') ? ['phone_number'] : []),
  ];
  return Object.fromEntries(
    requested.map((claim) => [`claim.${claim}`, ana.attributeIds[claim]?.[0] ?? '']),
  );
}

function request(claim: string) {
  return {
    claim,
    necessity: 'voluntary',
    purpose: { en: `Because of ${claim}` },
    longestDuration: 'until_withdrawn',
  } as const;
}

/** From a token response. */
export function grantIdOf(tokens: object): string {
  return String((tokens as Record<string, unknown>)['grant_id']);
}

/** Pushes an authorization request (RFC 9126). */
export async function push(
  app: ThirdPartyApp,
  parameters: Parameters,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const { issuer } = app.config.serverMetadata();
  const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  const answer = await fetch(`${issuer}/par`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({
      client_id: app.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile',
      code_challenge: await oauth.calculatePKCECodeChallenge(VERIFIER),
      code_challenge_method: 'S256',
      ...parameters,
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
