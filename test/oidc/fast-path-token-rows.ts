import type { Holdings } from './fast-path-holdings.ts';
import { FORM, machine, post, revocation, type Row, secretsOf } from './fast-path-requests.ts';
import { JWT_API, OPAQUE_API } from './fast-path-scene.ts';

/** Requests for tokens of apps that act for themselves. */
export const tokenRows = ({ app }: Holdings): Row[] => [
  ['no scope', 'fast', machine(app('machine'), {})],
  [
    'a secret in the form',
    'fast',
    post('/token', null, { grant_type: 'client_credentials', ...secretsOf(app('post')) }),
  ],
  ['a permission for grants', 'fast', machine(app('machine'), { scope: 'grant_management_query' })],
  [
    'a permission twice',
    'fast',
    machine(app('machine'), { scope: 'grant_management_query grant_management_query' }),
  ],
  ['an API', 'fast', machine(app('machine'), { resource: OPAQUE_API })],
  [
    'an API and its permission',
    'fast',
    machine(app('machine'), { resource: OPAQUE_API, scope: 'orders:read' }),
  ],
  [
    'an API and a further permission',
    'fast',
    machine(app('machine'), { resource: OPAQUE_API, scope: 'orders:read x' }),
  ],
  [
    'an API and only other permissions',
    'library',
    machine(app('machine'), { resource: OPAQUE_API, scope: 'maps:read' }),
  ],
  [
    'an API with JWTs',
    'library',
    machine(app('machine'), { resource: JWT_API, scope: 'maps:read' }),
  ],
  ['an unknown API', 'library', machine(app('machine'), { resource: 'https://unknown.example' })],
  [
    'two APIs',
    'library',
    post(
      '/token',
      app('machine'),
      `grant_type=client_credentials&resource=${OPAQUE_API}&resource=${JWT_API}`,
    ),
  ],
  ['a permission of a person', 'library', machine(app('machine'), { scope: 'openid' })],
  ['an empty scope', 'fast', machine(app('machine'), { scope: '' })],
  ['an app that people sign in to', 'library', machine(app('other'), {})],
  [
    'an app that people sign in to, for its grants',
    'fast',
    machine(app('other'), { scope: 'grant_management_revoke' }),
  ],
  [
    'a public app',
    'library',
    post('/token', null, {
      grant_type: 'client_credentials',
      client_id: app('public').clientId,
    }),
  ],
  ['a wrong secret', 'library', machine({ ...app('machine'), clientSecret: 'wrong' }, {})],
  ['no grant type', 'library', post('/token', app('machine'), {})],
  ['an unknown grant type', 'library', post('/token', app('machine'), { grant_type: 'password' })],
  [
    'a code',
    'library',
    post('/token', app('other'), { grant_type: 'authorization_code', code: 'x' }),
  ],
  [
    'a DPoP proof',
    'library',
    post('/token', app('machine'), 'grant_type=client_credentials', [FORM, 'DPoP: x']),
  ],
  [
    'a parameter in the query',
    'library',
    { ...machine(app('machine'), {}), path: '/token?scope=openid' },
  ],
];

/** Requests for revocation. */
export const revocationRows = ({ person, app, expired }: Holdings): Row[] => [
  ['an unknown token', 'library', revocation('x', app('other'))],
  ['a token of another app', 'library', revocation(person('ana').token, app('other'))],
  [
    'a wrong secret',
    'library',
    revocation(person('ana').token, { ...app('other'), clientSecret: 'x' }),
  ],
  ['an expired token', 'library', revocation(expired, person('ana').app)],
  ['no token', 'library', post('/token/revocation', app('other'), '')],
];
