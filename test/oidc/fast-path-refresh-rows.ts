import type { Holdings } from './fast-path-holdings.ts';
import { FORM, post, refresh, type Row, secretsOf } from './fast-path-requests.ts';
import { OPAQUE_API } from './fast-path-scene.ts';

const OFFLINE = [FORM, 'Origin: http://localhost:9'];

/** Requests with refresh tokens that are kept, and requests that are refused. */
export function refreshRows({ person, app }: Holdings): Row[] {
  const { refreshToken: value, app: own } = person('offline');
  const form = { grant_type: 'refresh_token', refresh_token: value };
  return [
    ['a refresh', 'fast', refresh(value, own)],
    [
      'all permissions',
      'fast',
      refresh(value, own, { scope: 'openid profile email offline_access' }),
    ],
    ['fewer permissions', 'fast', refresh(value, own, { scope: 'email openid' })],
    ['no ID token', 'fast', refresh(value, own, { scope: 'email' })],
    ['a permission twice', 'fast', refresh(value, own, { scope: 'email email' })],
    ['the client id too', 'fast', refresh(value, own, { client_id: own.clientId })],
    ['a secret in the form', 'fast', post('/token', null, { ...form, ...secretsOf(own) })],
    ['an empty scope', 'library', refresh(value, own, { scope: '' })],
    ['a further permission', 'library', refresh(value, own, { scope: 'openid phone' })],
    ['two spaces', 'library', refresh(value, own, { scope: 'openid  email' })],
    ['an API', 'library', refresh(value, own, { resource: OPAQUE_API })],
    ['an unknown field', 'library', refresh(value, own, { x: '1' })],
    [
      'two refresh tokens',
      'library',
      post('/token', own, `grant_type=refresh_token&refresh_token=${value}&refresh_token=${value}`),
    ],
    ['no refresh token', 'library', post('/token', own, { grant_type: 'refresh_token' })],
    ['an unknown refresh token', 'library', refresh('x'.repeat(45), own)],
    ['an access token', 'library', refresh(person('ana').token, own)],
    ['a refresh token of another app', 'library', refresh(value, app('other'))],
    ['a wrong secret', 'library', refresh(value, { ...own, clientSecret: 'wrong' })],
    ['no secret', 'library', post('/token', null, { ...form, client_id: own.clientId })],
    ['an origin', 'library', post('/token', own, form, OFFLINE)],
    ['a DPoP proof', 'library', post('/token', own, form, [FORM, 'DPoP: x'])],
    ['an app without refresh tokens', 'library', refresh(value, app('machine'))],
    ['values in the ID token', 'library', refreshOf('in_id_token')],
    ['a claims parameter', 'library', refreshOf('offline_claims')],
    ['a withdrawn consent', 'library', refreshOf('offline_withdrawn')],
    ['a paused consent', 'library', refreshOf('offline_paused')],
    ['a blocked account', 'library', refreshOf('offline_blocked')],
    ['a session that ended', 'fast', refreshOf('offline_ended')],
  ];
  function refreshOf(name: string) {
    return refresh(person(name).refreshToken, person(name).app);
  }
}
