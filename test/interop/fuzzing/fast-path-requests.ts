import { createHash } from 'node:crypto';

import { basicOf, JWT_API, OPAQUE_API } from '../../oidc/fast-path-scene.ts';
import type { Scenery } from '../../oidc/fast-path-authorization-scene.ts';
import type { RawRequest } from '../../oidc/raw-request.ts';
import { REDIRECT_URI } from '../../support/people/third-party-app.ts';
import {
  encode,
  mutate,
  ODD_HEADERS,
  type Pairs,
  type Random,
  type Values,
} from './random-requests.ts';

export const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const SCOPES = [
  'openid',
  'openid profile email',
  'email openid',
  'openid profile email offline_access',
  'openid phone',
  'openid  email',
  ' openid',
  'openid openid',
  'profile',
  'grant_management_query',
  'orders:read',
];
const AUTHORIZATION_VALUES: Values = {
  response_type: ['none', 'code id_token', 'code code', 'CODE', ''],
  scope: SCOPES,
  redirect_uri: [
    `${REDIRECT_URI}?to=a+b&via=c`,
    `${REDIRECT_URI}/`,
    `${REDIRECT_URI}?`,
    `${REDIRECT_URI}#`,
    REDIRECT_URI.toUpperCase(),
    'http://localhost:9/%63allback',
    'http://localhost:9/x/../callback',
    'javascript:alert(1)',
  ],
  code_challenge: [CHALLENGE.slice(1), VERIFIER, 'v'.repeat(129), `${CHALLENGE}=`],
  code_challenge_method: ['plain', 's256', ''],
  prompt: ['none', 'login', 'consent', 'select_account', 'create', 'none login', ''],
  // A limit that ends during the run would divide the two servers.
  max_age: ['0', '100000', '3600', '-1', ''],
  acr_values: ['urn:consentry:acr:one-factor', 'x'],
  id_token_hint: ['x', 'a.b.c'],
  login_hint: ['ana@example.org', ''],
  claims: [
    '{}',
    '{"userinfo":{"email":null}}',
    '{"id_token":{"sub":{"value":"x"}}}',
    '{"id_token":{"acr":{"essential":true,"values":["x"]}}}',
    '{"userinfo":{"__proto__":null}}',
    '[',
  ],
  resource: [OPAQUE_API, JWT_API, 'x'],
  response_mode: ['query', 'form_post', 'fragment', 'web_message'],
  request: ['x', 'a.b.c'],
  request_uri: ['urn:ietf:params:oauth:request_uri:x', 'https://x.example/r'],
  ui_locales: ['ru', 'xx ru'],
  grant_id: ['x'],
  grant_management_action: ['query', 'merge', 'replace', 'create'],
  dpop_jkt: ['x'],
  code: ['x'],
  error: ['x'],
};

/** An authorization request of a signed-in person that is plain, or unusual in some ways. */
export function randomAuthorization(random: Random, { connection, cookie }: Scenery): RawRequest {
  const plain: Pairs = [
    ['client_id', connection.app.clientId],
    ['redirect_uri', REDIRECT_URI],
    ['response_type', 'code'],
    ['scope', random.chance(0.7) ? 'openid profile email' : (random.pick(SCOPES) ?? '')],
    ['state', 'a state'],
    ['nonce', 'n'],
    ['code_challenge', CHALLENGE],
    ['code_challenge_method', 'S256'],
  ];
  const query = encode(random, mutated(random, plain, AUTHORIZATION_VALUES));
  const headers = [...cookieHeaders(random, cookie), ...oddHeaders(random)];
  const path = `${oddPath(random, '/auth')}?${query}`;
  if (random.chance(0.95)) return { path, headers };
  const method = random.pick(['HEAD', 'POST', 'OPTIONS']);
  return method === 'POST'
    ? formRequest(random, { path: '/auth', headers, body: query })
    : { method, path, headers };
}

function cookieHeaders(random: Random, cookie: string): string[] {
  if (random.chance(0.8)) return [`Cookie: ${cookie}`];
  const [value = '', signature = ''] = ['consentry-session=', 'consentry-session.sig='].map(
    (start) => cookie.split('; ').find((one) => one.startsWith(start)) ?? '',
  );
  return random.pick([
    [],
    [`Cookie: ${value}`],
    [`Cookie: ${signature}`],
    [`Cookie: ${value}`, `Cookie: ${signature}`],
    [`Cookie: ${value}; ${value}x; ${signature}; ${signature}x`],
    [`Cookie: ${value}x; ${value}; ${signature}`],
    [`Cookie: consentry-session=; ${value}; ${signature}`],
    [`Cookie: ${value.replace('=', '="')}"; ${signature}`],
    [`Cookie: x${value}; ${value};${signature}; consentry-session=`],
    [`Cookie:  ${value} ;  ${signature} `],
    [`Cookie: ${value.toUpperCase()}; ${signature}`],
  ]);
}

/** The values that an app has from a person, and those of another person and app. */
export interface Held {
  readonly app: Scenery['connection']['app'];
  readonly otherApp: Scenery['connection']['app'];
  readonly code: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

const OPERATIONS = ['exchange', 'refresh', 'machine', 'introspection', 'revocation'] as const;

/** A request of a program that is plain, or unusual in some ways. */
export function randomProgramRequest(random: Random, held: Held): RawRequest {
  if (random.chance(0.15)) return randomUserinfo(random, held);
  const operation = random.pick(OPERATIONS);
  const isTokenRequest = !['introspection', 'revocation'].includes(operation);
  const path = isTokenRequest ? '/token' : `/token/${operation}`;
  const { headers, fields } = authentication(random, held);
  const pairs = [...fieldsOf(operation, held), ...fields];
  const body = encode(random, mutated(random, pairs, programValues(held)));
  const all = [...headers, ...oddHeaders(random)];
  return formRequest(random, { path: oddPath(random, path), headers: all, body });
}

function randomUserinfo(random: Random, { accessToken, refreshToken, code }: Held): RawRequest {
  const token = random.chance(0.8) ? accessToken : random.pick([refreshToken, code, 'x']);
  const header = random.pick([
    ...Array<string>(8).fill(`Authorization: Bearer ${token}`),
    `Authorization: bearer ${token}`,
    `Authorization: Bearer  ${token}`,
    `Authorization: DPoP ${token}`,
    'X-Nothing: 1',
  ]);
  const path = random.chance(0.9) ? '/userinfo' : `/userinfo?access_token=${token}`;
  return { path: oddPath(random, path), headers: [header ?? '', ...oddHeaders(random)] };
}

function fieldsOf(operation: (typeof OPERATIONS)[number], held: Held): Pairs {
  const { code, accessToken, refreshToken } = held;
  if (operation === 'machine') return [['grant_type', 'client_credentials']];
  if (operation === 'refresh') {
    return [
      ['grant_type', 'refresh_token'],
      ['refresh_token', refreshToken],
    ];
  }
  if (operation !== 'exchange') return [['token', accessToken]];
  return [
    ['grant_type', 'authorization_code'],
    ['code', code],
    ['redirect_uri', REDIRECT_URI],
    ['code_verifier', VERIFIER],
  ];
}

function programValues({ app, otherApp, code, accessToken, refreshToken }: Held): Values {
  const tokens = [code, accessToken, refreshToken];
  return {
    grant_type: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
    scope: SCOPES,
    resource: [OPAQUE_API, JWT_API, `${OPAQUE_API}/`, 'x'],
    token_type_hint: ['access_token', 'refresh_token', 'x', ''],
    redirect_uri: [`${REDIRECT_URI}/`, `${REDIRECT_URI}?to=a+b&via=c`],
    code_verifier: [VERIFIER.slice(1), 'w'.repeat(43), `${VERIFIER}=`],
    client_id: [app.clientId, otherApp.clientId, 'x'],
    client_secret: [app.clientSecret, 'x'],
    client_assertion: ['x', 'a.b.c'],
    code: tokens,
    refresh_token: tokens,
    token: tokens,
    access_token: tokens,
    claims: ['{}'],
    username: ['a'],
  };
}

interface Authentication {
  readonly headers: readonly string[];
  readonly fields: Pairs;
}

function authentication(random: Random, { app, otherApp }: Held): Authentication {
  const id = ['client_id', app.clientId] as const;
  if (app.clientSecret === '') return { headers: [], fields: [id] };
  const basic = `Authorization: ${basicOf(app)}`;
  if (random.chance(0.6)) return { headers: [basic], fields: [] };
  const others: readonly [Authentication, ...Authentication[]] = [
    { headers: [], fields: [id, ['client_secret', app.clientSecret]] },
    { headers: [basic], fields: [id] },
    { headers: [basic], fields: [['client_id', otherApp.clientId]] },
    { headers: [basic.replace('Basic', 'basic')], fields: [] },
    { headers: [basic, 'Authorization: Basic eDp4'], fields: [] },
    { headers: [`Authorization: ${basicOf({ ...app, clientSecret: 'x' })}`], fields: [] },
    { headers: [`Authorization: ${basicOf(otherApp)}`], fields: [] },
  ];
  return random.pick(others);
}

function mutated(random: Random, pairs: Pairs, known: Values): Pairs {
  let changed = pairs;
  for (let count = Math.floor(random.next() * 2.5); count > 0; count -= 1)
    changed = mutate(random, changed, known);
  return changed;
}

function oddHeaders(random: Random): string[] {
  return random.chance(0.6) ? [] : [random.pick(ODD_HEADERS)];
}

function oddPath(random: Random, path: string): string {
  if (random.chance(0.95)) return path;
  return random.pick([
    `${path}/`,
    path.toUpperCase(),
    `/${path}`,
    `/.${path}`,
    `${path};a`,
    `http://x${path}`,
  ]);
}

interface Form {
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: string;
}

function formRequest(random: Random, { path, headers, body }: Form): RawRequest {
  const form = 'application/x-www-form-urlencoded';
  const type = random.chance(0.9)
    ? form
    : random.pick([
        `${form}; charset=utf-8`,
        `${form}; charset=latin1`,
        form.toUpperCase(),
        'text/plain',
      ]);
  const all = [...headers, `Content-Type: ${type}`];
  if (random.chance(0.96)) return { method: 'POST', path, headers: all, body };
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const transfer = [...all, 'Transfer-Encoding: chunked'];
  return { method: 'POST', path, headers: transfer, body: chunked, contentLength: null };
}
