import { basicOf } from './fast-path-scene.ts';
import type { RawRequest } from './raw-request.ts';
import type { ThirdPartyApp } from '../support/people/third-party-app.ts';

export const FORM = 'Content-Type: application/x-www-form-urlencoded';

/** Which of the two has to answer a request. */
export type Answerer = 'fast' | 'library';
export type Row = readonly [title: string, answerer: Answerer, request: RawRequest];

export const userinfo = (token: string, headers: readonly string[] = []): RawRequest => ({
  path: '/userinfo',
  headers: [`Authorization: Bearer ${token}`, ...headers],
});
export const post = (
  path: string,
  client: ThirdPartyApp | null,
  form: Readonly<Record<string, string>> | string,
  headers: readonly string[] = [FORM],
): RawRequest => ({
  method: 'POST',
  path,
  headers: [...(client === null ? [] : [`Authorization: ${basicOf(client)}`]), ...headers],
  body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
});
export const introspection = (token: string, client: ThirdPartyApp, more = {}): RawRequest =>
  post('/token/introspection', client, { token, ...more });
export const revocation = (token: string, client: ThirdPartyApp, more = {}): RawRequest =>
  post('/token/revocation', client, { token, ...more });
export const machine = (
  client: ThirdPartyApp,
  form: Readonly<Record<string, string>>,
): RawRequest => post('/token', client, { grant_type: 'client_credentials', ...form });
export const refresh = (refreshToken: string, client: ThirdPartyApp, more = {}): RawRequest =>
  post('/token', client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
export const secretsOf = ({ clientId, clientSecret }: ThirdPartyApp) => ({
  client_id: clientId,
  client_secret: clientSecret,
});

/** Header and claims of a JWT, in their order, without its times. */
export function membersOf(jwt: string): readonly object[] {
  const parts = jwt.split('.', 2);
  return parts.map((part) => {
    const text = Buffer.from(part, 'base64url').toString('utf8');
    const { iat: _iat, exp: _exp, ...members } = JSON.parse(text) as Record<string, unknown>;
    return members;
  });
}
