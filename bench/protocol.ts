import { createHash, randomBytes } from 'node:crypto';

import type { Browser, Page, Stop } from './browser.ts';
import { expectStatus, type HttpDriver } from './http-driver.ts';
import type { Account, Credentials, Subject } from './subject.ts';

/** The answer of the token endpoint. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** How the authorization request differs from the plain one. */
export interface AuthorizationOptions {
  readonly scope: string;
  readonly prompt?: string;
}

/** One browser at one server. */
export interface Flow {
  readonly subject: Subject;
  readonly http: HttpDriver;
  readonly browser: Browser;
}

/** The whole code flow with PKCE, answering every page (RFC 6749 §4.1, RFC 7636). */
export async function runCodeFlow(
  flow: Flow,
  account: Account,
  options: AuthorizationOptions,
): Promise<TokenAnswer> {
  const { endpoints, app } = flow.subject;
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('base64url');
  const url = new URL(endpoints.authorization);
  url.search = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    response_type: 'code',
    nonce: state,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...options,
  }).toString();
  let stop: Stop = await flow.browser.open(url.href, app.redirectUri);
  for (let pages = 0; stop.kind === 'page'; pages += 1) {
    if (pages > 4) throw new Error(`the pages do not end: ${stop.url.href}`);
    stop = await flow.browser.submit(stop, answerPage(stop, account), app.redirectUri);
  }
  const answered = stop.url.searchParams;
  const code = answered.get('code');
  if (code === null || answered.get('state') !== state) {
    throw new Error(`no code came back: ${stop.url.search}`);
  }
  const tokens = await requestTokens(flow, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: app.redirectUri,
    code_verifier: verifier,
  });
  if (tokens.id_token?.split('.').length !== 3) throw new Error('no ID token came');
  return tokens;
}

/** A checked request to the token endpoint. */
export async function requestTokens(
  { subject, http }: Pick<Flow, 'subject' | 'http'>,
  parameters: Readonly<Record<string, string>>,
  credentials: Credentials = subject.app,
): Promise<TokenAnswer> {
  const answer = await http.send({
    url: subject.endpoints.token,
    headers: { authorization: basicAuthorization(credentials) },
    form: new URLSearchParams(parameters),
  });
  expectStatus(answer, 200, `token endpoint, ${parameters['grant_type'] ?? ''}`);
  const tokens = JSON.parse(answer.body) as Partial<TokenAnswer> & { token_type?: string };
  if (tokens.access_token === undefined || tokens.token_type !== 'Bearer') {
    throw new Error('the token endpoint gave no bearer token');
  }
  return { ...tokens, access_token: tokens.access_token };
}

/** Credentials as an Authorization header (RFC 6749 §2.3.1). */
export function basicAuthorization({ clientId, clientSecret }: Credentials): string {
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** Signs in where the page has a password field, and otherwise presses the button that allows the app. */
function answerPage(page: Page, account: Account): Readonly<Record<string, string>> {
  const { form } = page;
  const password = form.querySelector('input[type=password]')?.getAttribute('name');
  if (password !== undefined) {
    const identifier = form
      .querySelectorAll('input')
      .find((input) => ['email', 'text', undefined].includes(input.getAttribute('type')))
      ?.getAttribute('name');
    return { [identifier ?? 'identifier']: account.identifier, [password]: account.password };
  }
  const allow = form
    .querySelectorAll('button')
    .find((button) => button.getAttribute('value') === 'allow');
  const name = allow?.getAttribute('name');
  return name === undefined ? {} : { [name]: 'allow' };
}
