import type { Holdings } from './fast-path-holdings.ts';
import { FORM, post, type Row, userinfo } from './fast-path-requests.ts';
import { basicOf } from './fast-path-scene.ts';

/** Requests for UserInfo. */
export function userinfoRows({ person, expired, machineToken, resourceToken }: Holdings): Row[] {
  const { token, app: own } = person('ana');
  const bearer = `Authorization: Bearer ${token}`;
  return [
    ['a live token', 'fast', userinfo(token)],
    ['a token with offline access', 'fast', userinfo(person('offline').token)],
    ['a token of a pairwise app', 'fast', userinfo(person('pairwise').token)],
    ['a token with the scope openid alone', 'fast', userinfo(person('bare').token)],
    ['a token of which nothing was shared', 'fast', userinfo(person('narrow').token)],
    ['an Accept header for HTML', 'fast', userinfo(token, ['Accept: text/html'])],
    ['cookies', 'fast', userinfo(token, ['Cookie: a=b; consentry-session=x'])],
    ['forwarding headers', 'fast', userinfo(token, ['X-Forwarded-For: 9.9.9.9, 10.0.0.1'])],
    ['a request id', 'fast', userinfo(token, ['X-Request-Id: of-the-caller-1234'])],
    ['a conditional request', 'fast', userinfo(token, ['If-None-Match: *'])],
    ['a method override', 'fast', userinfo(token, ['X-HTTP-Method-Override: POST'])],
    ['a token with a claims parameter', 'library', userinfo(person('claims').token)],
    ['no token', 'library', { path: '/userinfo' }],
    ['an unknown token', 'library', userinfo(`cat_${'A'.repeat(120)}`)],
    ['a token with another last letter', 'library', userinfo(`${token.slice(0, -1)}-`)],
    ['an expired token', 'library', userinfo(expired)],
    ['a revoked token', 'library', userinfo(person('revoked').token)],
    ['a token of a suspended app', 'library', userinfo(person('suspended').token)],
    ['a token of a blocked account', 'library', userinfo(person('blocked').token)],
    ['a token of an ended session', 'library', userinfo(person('ended').token)],
    ['a token of a withdrawn consent', 'library', userinfo(person('withdrawn').token)],
    ['a token of a paused consent', 'library', userinfo(person('paused').token)],
    ['a machine token', 'library', userinfo(machineToken)],
    ['a token for an API', 'library', userinfo(resourceToken)],
    ['a refresh token', 'library', userinfo(person('offline').refreshToken)],
    [
      'a lower-case scheme',
      'library',
      { path: '/userinfo', headers: [`Authorization: bearer ${token}`] },
    ],
    ['two spaces', 'library', { path: '/userinfo', headers: [`Authorization: Bearer  ${token}`] }],
    ['two tokens', 'fast', userinfo(token, [`Authorization: Bearer ${expired}`])],
    [
      'another scheme',
      'library',
      { path: '/userinfo', headers: [`Authorization: ${basicOf(own)}`] },
    ],
    ['a token in the query', 'library', { path: `/userinfo?access_token=${token}` }],
    ['a query', 'library', { ...userinfo(token), path: '/userinfo?x=1' }],
    ['a narrower scope', 'library', { ...userinfo(token), path: '/userinfo?scope=openid' }],
    ['HEAD', 'library', { ...userinfo(token), method: 'HEAD' }],
    ['PUT', 'library', { ...userinfo(token, ['Accept: application/json']), method: 'PUT' }],
    ['POST without a form', 'library', { ...userinfo(token), method: 'POST', contentLength: 0 }],
    [
      'POST with the token in the form',
      'library',
      post('/userinfo', null, { access_token: token }),
    ],
    ['a body', 'library', { path: '/userinfo', headers: [bearer, FORM], body: 'a=b' }],
    ['a DPoP proof', 'library', userinfo(token, ['DPoP: eyJhbGciOiJFUzI1NiJ9.e30.AA'])],
    [
      'the DPoP scheme',
      'library',
      { path: '/userinfo', headers: [`Authorization: DPoP ${token}`] },
    ],
    ['the origin of the app', 'library', userinfo(token, ['Origin: http://localhost:9'])],
    ['another origin', 'library', userinfo(token, ['Origin: https://evil.example'])],
    [
      'a preflight',
      'library',
      {
        method: 'OPTIONS',
        path: '/userinfo',
        headers: ['Origin: http://localhost:9', 'Access-Control-Request-Method: GET'],
      },
    ],
    ['HTTP/1.0', 'library', { ...userinfo(token), version: '1.0' }],
  ];
}
