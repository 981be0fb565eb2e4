import http from 'node:http';

import { expect } from 'chai';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

import { createPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  'a.b.c',
  'a.b.c.d.e',
  '\u00ff\u00fe',
  '[]',
  'null.null.null',
  `${encode(null)}.${encode(null)}.`,
  `${encode([])}.${encode([])}.AA`,
  `${encode({})}.${encode({})}.AA`,
  `${encode({ alg: 'none', typ: 'dpop+jwt' })}.${encode({})}.`,
  `${encode({ alg: 7, typ: [] })}.${encode({})}.AA`,
  `${encode({ alg: 'ES256', typ: 'dpop+jwt', jwk: 7 })}.${encode({})}.AA`,
  `${encode({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AA' } })}.${encode({})}.AA`,
  `${encode({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'EC', crv: 'P-256' } })}.${encode({})}.AA`,
  `${encode({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'EC', crv: 'x', x: 1, y: {} } })}.${encode({})}.AA`,
  `${encode({ alg: 'ES256', typ: 'dpop+jwt', crit: ['exp'], jwk: {} })}.${encode({})}.AA`,
  `${'A'.repeat(8_000)}.A.A`,
];

const ODD_CLAIMS: readonly Record<string, unknown>[] = [
  {},
  { jti: 7 },
  { jti: {} },
  { jti: '' },
  { jti: '\u0000' },
  { jti: 'x'.repeat(6_000) },
  { iat: 'now' },
  { iat: -1 },
  { iat: 8.64e12 },
  { iat: 1.5 },
  { htm: 7 },
  { htm: ['POST'] },
  { htu: 7 },
  { htu: 'not a url' },
  { htu: '' },
  { ath: 7 },
  { nonce: 7 },
  { nonce: 'x' },
];

describe('A malformed DPoP header', () => {
  let server: TestServer;
  let app: ThirdPartyApp;
  let key: CryptoKey;
  let jwk: JWK;

  before(async () => {
    server = await startTestServer();
    app = await registerThirdPartyApp(server, (await createPerson(server.connected)).accountId);
    const pair = await generateKeyPair('ES256', { extractable: true });
    key = pair.privateKey;
    jwk = await exportJWK(pair.publicKey);
  });
  after(() => server.stop());

  /** A correctly signed proof that differs from a valid one in these claims. */
  const signed = (path: string, claims: Record<string, unknown>): Promise<string> =>
    new SignJWT({
      jti: crypto.randomUUID(),
      iat: Math.floor(Date.now() / 1_000),
      htm: path === '/token' ? 'POST' : 'GET',
      htu: `${server.url}${path}`,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(key);

  /** Uses `node:http`, because `fetch` joins and validates headers. */
  function send(
    path: string,
    proof: string | readonly string[],
  ): Promise<{ status: number; error: unknown }> {
    const isToken = path === '/token';
    const body = 'grant_type=refresh_token&refresh_token=unknown';
    const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    return new Promise((resolve, reject) => {
      const request = http.request(`${server.url}${path}`, {
        method: isToken ? 'POST' : 'GET',
        headers: {
          DPoP: proof as string,
          authorization: isToken ? `Basic ${credentials}` : 'DPoP cat_unknown',
          ...(isToken && {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': String(body.length),
          }),
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const { error } = JSON.parse(text === '' ? '{}' : text) as { error?: unknown };
          resolve({ status: response.statusCode ?? 0, error });
        });
      });
      request.end(isToken ? body : undefined);
    });
  }

  for (const path of ['/token', '/userinfo']) {
    it(`causes an OAuth error at ${path} and no server error`, async () => {
      const proofs: (string | readonly string[])[] = [...ODD_TEXTS, ['a.b.c', 'd.e.f']];
      for (const claims of ODD_CLAIMS) proofs.push(await signed(path, claims));
      const valid = await signed(path, {});
      proofs.push([valid, valid], `${valid}x`, `${valid}.`, ` ${valid} `);
      for (const proof of proofs) {
        const { status, error } = await send(path, proof);
        const shown = `${String(proof).slice(0, 60)}: ${String(status)} ${String(error)}`;
        expect(status, shown).to.be.oneOf([400, 401]);
        expect(error, shown)
          .to.be.a('string')
          .and.match(/^[a-z_]+$/);
      }
    });
  }
});
