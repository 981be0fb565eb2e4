import type { Holdings } from './fast-path-holdings.ts';
import { FORM, introspection, post, type Row, secretsOf } from './fast-path-requests.ts';

/** Requests for introspection. */
export function introspectionRows({
  person,
  app,
  expired,
  machineToken,
  resourceToken,
}: Holdings): Row[] {
  const { token, app: own } = person('ana');
  const at = '/token/introspection';
  const body = new URLSearchParams({ token }).toString();
  return [
    ['a live token', 'fast', introspection(token, own)],
    ['a hint', 'fast', introspection(token, own, { token_type_hint: 'access_token' })],
    ['a wrong hint', 'fast', introspection(token, own, { token_type_hint: 'refresh_token' })],
    ['an unknown hint', 'fast', introspection(token, own, { token_type_hint: 'x' })],
    ['the client id too', 'fast', introspection(token, own, { client_id: own.clientId })],
    ['a charset', 'fast', post(at, own, body, [`${FORM}; charset=UTF-8`])],
    [
      'a token of a pairwise app',
      'fast',
      introspection(person('pairwise').token, person('pairwise').app),
    ],
    [
      'a token of which nothing was shared',
      'fast',
      introspection(person('narrow').token, person('narrow').app),
    ],
    [
      'a token with a claims parameter',
      'fast',
      introspection(person('claims').token, person('claims').app),
    ],
    ['a machine token', 'fast', introspection(machineToken, app('machine'))],
    ['a token for an API', 'fast', introspection(resourceToken, app('machine'))],
    ['a secret in the form', 'fast', post(at, null, { token, ...secretsOf(own) })],
    [
      'another client id',
      'library',
      introspection(token, own, { client_id: app('other').clientId }),
    ],
    ['a token of another app', 'library', introspection(token, app('other'))],
    ['an expired token', 'library', introspection(expired, own)],
    ['a revoked token', 'library', introspection(person('revoked').token, person('revoked').app)],
    [
      'a token of an ended session',
      'library',
      introspection(person('ended').token, person('ended').app),
    ],
    [
      'a token of a paused consent',
      'library',
      introspection(person('paused').token, person('paused').app),
    ],
    [
      'a token of a blocked account',
      'library',
      introspection(person('blocked').token, person('blocked').app),
    ],
    ['a suspended app', 'library', introspection(token, person('suspended').app)],
    [
      'a refresh token',
      'library',
      introspection(person('offline').refreshToken, person('offline').app),
    ],
    ['an unknown token', 'library', introspection('x', own)],
    ['a JWT', 'library', introspection('eyJhbGciOiJFUzI1NiJ9.e30.AA', own)],
    ['no token', 'library', post(at, own, '')],
    ['two tokens', 'library', post(at, own, `${body}&${body}`)],
    ['an unknown field', 'library', introspection(token, own, { x: '1' })],
    ['no authentication', 'library', post(at, null, { token })],
    ['a public app', 'library', post(at, null, { token, client_id: app('public').clientId })],
    ['a wrong secret', 'library', introspection(token, { ...own, clientSecret: 'wrong' })],
    ['an empty secret', 'library', introspection(token, { ...own, clientSecret: '' })],
    [
      'an encoded secret',
      'library',
      introspection(token, { ...own, clientSecret: `%${own.clientSecret}` }),
    ],
    ['an unknown app', 'library', introspection(token, { ...own, clientId: 'unknown' })],
    [
      'a secret in the header of an app that has to send it in the form',
      'library',
      introspection(token, app('post')),
    ],
    ['a secret in both places', 'library', introspection(token, own, secretsOf(own))],
    [
      'a broken Basic header',
      'library',
      { ...post(at, null, { token }), headers: ['Authorization: Basic ???', FORM] },
    ],
    ['JSON', 'library', post(at, own, '{}', ['Content-Type: application/json'])],
    ['another charset', 'library', post(at, own, body, [`${FORM}; charset=utf-16`])],
    ['no content type', 'library', post(at, own, body, [])],
    ['a compressed body', 'library', post(at, own, body, [FORM, 'Content-Encoding: gzip'])],
    [
      'a chunked body',
      'library',
      {
        ...post(at, own, `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`, [
          FORM,
          'Transfer-Encoding: chunked',
        ]),
        contentLength: null,
      },
    ],
    ['a large body', 'library', introspection(token, own, { x: 'x'.repeat(20_000) })],
    ['a huge body', 'library', introspection(token, own, { x: 'x'.repeat(70_000) })],
    ['a control character', 'library', introspection(`${token}\u0001`, own)],
    ['an origin', 'library', post(at, own, body, [FORM, 'Origin: http://localhost:9'])],
    ['GET', 'library', { path: at, headers: ['Accept: application/json'] }],
  ];
}
