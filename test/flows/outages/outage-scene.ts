import * as oauth from 'openid-client';

import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import type { TestServer } from '../../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SCOPE = 'openid profile email offline_access';

/** One request of an app or a person. */
export interface Call {
  readonly name: string;
  readonly send: () => Promise<Response>;
}

/** A server with a signed-in person, a started sign-in, an unused code and tokens. */
export interface Scene {
  readonly server: TestServer;
  readonly app: ThirdPartyApp;
  readonly ana: TestPerson;
  readonly signedIn: Visitor;
  /** On the sign-in page. */
  readonly halfWay: Visitor;
  readonly tokens: Tokens;
  readonly code: string;
  readonly verifier: string;
}

/** Signs a person in at an app, and starts another sign-in without finishing it. */
export async function setScene(server: TestServer): Promise<Scene> {
  const ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
  const app = await registerThirdPartyApp(server, ana.accountId);
  const signedIn = visitorAt(server.url);
  const attempt = await app.begin(signedIn, { scope: SCOPE, prompt: 'consent' });
  await signIn(signedIn, ana);
  await signedIn.submitForm('button[value=allow]');
  const tokens = await attempt.finish();
  const verifier = oauth.randomPKCECodeVerifier();
  await app.begin(signedIn, {
    scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  });
  const code = signedIn.page.url.searchParams.get('code') ?? '';
  const halfWay = visitorAt(server.url);
  await app.begin(halfWay, { scope: SCOPE });
  return { server, app, ana, signedIn, halfWay, tokens, code, verifier };
}

/** Requests for pages of the signed-in person. */
export function pageCalls({ server, app, signedIn }: Scene): Call[] {
  return [
    '/account',
    '/account/apps',
    `/account/apps/${app.clientId}`,
    `/account/apps/${app.clientId}/end`,
    '/account/sessions',
    '/account/history',
    '/account/history/apps',
    '/account/history/values',
    '/account/security',
    '/account/values/add/nickname',
    '/developer/apps',
    `/developer/apps/${app.clientId}`,
  ].map((path) => ({ name: path, send: () => signedIn.request(`${server.url}${path}`) }));
}

/** API calls of the signed-in person. */
export function accountApiCalls({ server, app, signedIn }: Scene): Call[] {
  return [
    '/api/v1/account',
    '/api/v1/account/attributes',
    '/api/v1/account/apps',
    '/api/v1/account/sessions',
    '/api/v1/account/releases',
    '/api/v1/account/releases/summary',
    '/api/v1/account/releases/export?format=csv',
    '/api/v1/clients',
    `/api/v1/clients/${app.clientId}`,
  ].map((path) => ({
    name: path,
    send: () =>
      signedIn.request(`${server.url}${path}`, { headers: { accept: 'application/json' } }),
  }));
}

/** Calls of the app. */
export function appApiCalls({ server, app, tokens, code, verifier }: Scene): Call[] {
  const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  const post = (path: string, form: Record<string, string>) => () =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams(form),
    });
  const read = (path: string) => () =>
    fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const refreshToken = tokens.refresh_token ?? '';
  const grant = { code, redirect_uri: REDIRECT_URI, code_verifier: verifier };
  return [
    { name: 'userinfo', send: read('/userinfo') },
    { name: 'account profile', send: read('/api/v1/account/profile') },
    { name: 'introspection', send: post('/token/introspection', { token: tokens.access_token }) },
    { name: 'code', send: post('/token', { grant_type: 'authorization_code', ...grant }) },
    {
      name: 'refresh',
      send: post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken }),
    },
    { name: 'pushed request', send: post('/par', { client_id: app.clientId, ...authorization() }) },
    { name: 'revocation', send: post('/token/revocation', { token: 'a'.repeat(43) }) },
  ];
}

function authorization(): Record<string, string> {
  return {
    response_type: 'code',
    scope: SCOPE,
    redirect_uri: REDIRECT_URI,
    code_challenge: 'v'.repeat(43),
    code_challenge_method: 'S256',
  };
}

/** Requests of a sign-in. */
export function signInCalls({ server, app, signedIn, halfWay, ana }: Scene): Call[] {
  const query = (extra: Record<string, string>) =>
    new URLSearchParams({ client_id: app.clientId, ...authorization(), ...extra }).toString();
  const csrf = halfWay.page.document.querySelector('input[name=_csrf]')?.getAttribute('value');
  const form = { identifier: ana.email, password: ana.password, _csrf: csrf ?? '' };
  return [
    { name: 'auth', send: () => signedIn.request(`${server.url}/auth?${query({})}`) },
    {
      name: 'silent auth',
      send: () => signedIn.request(`${server.url}/auth?${query({ prompt: 'none' })}`),
    },
    { name: 'sign-out', send: () => signedIn.request(`${server.url}/session/end`) },
    { name: 'sign-in page', send: () => halfWay.request(halfWay.page.url) },
    {
      name: 'password',
      send: () =>
        halfWay.request(`${halfWay.page.url.href}/sign-in`, {
          method: 'POST',
          body: new URLSearchParams(form),
        }),
    },
  ];
}
