import { createPublicKey, verify, type webcrypto } from 'node:crypto';

import { expect } from 'chai';

import {
  advanceSigningKeys,
  PUBLISHED_AHEAD_MS,
  rotateSigningKeys,
  withdrawSigningKey,
} from '../../src/platform/keys/signing-key-rotation.ts';
import { SIGNING_ALGORITHMS } from '../../src/platform/keys/signing-keys.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

describe('The public key as PEM', function () {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  const read = (query = '') => fetch(`${server.url}/utils/public_key${query}`);
  const pem = async (query = ''): Promise<string> => {
    const answer = await read(query);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('application/x-pem-file');
    return answer.text();
  };
  const published = async () =>
    (
      (await (await fetch(`${server.url}/jwks`)).json()) as {
        readonly keys: readonly (webcrypto.JsonWebKey & {
          readonly kid: string;
          readonly alg: string;
        })[];
      }
    ).keys;
  const deps = (laterMs = 0) => ({
    ...server.connected,
    rotationDays: 90,
    clock: { now: () => new Date(Date.now() + laterMs) },
  });
  const jwkOf = (text: string) => createPublicKey(text).export({ format: 'jwk' });

  it('is the one that signs now, of each algorithm, without a private part', async () => {
    expect(await pem()).to.equal(await pem('?alg=RS256'));
    for (const alg of SIGNING_ALGORITHMS) {
      const text = await pem(`?alg=${alg}`);
      expect(text)
        .to.match(/^-----BEGIN PUBLIC KEY-----\n/)
        .and.not.contain('PRIVATE');
      const { x, n } = (await published()).find((key) => key.alg === alg) ?? {};
      expect(jwkOf(text)).to.include(n === undefined ? { x } : { n });
    }
  });

  it('verifies a statement of this server', async () => {
    const jws = await server.connected.signer.sign({ a: 1 }, { typ: 'test+jwt' });
    const [head = '', body = '', signature = ''] = jws.split('.');
    const key = { key: await pem('?alg=ES256'), dsaEncoding: 'ieee-p1363' } as const;
    const isRight = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      key,
      Buffer.from(signature, 'base64url'),
    );
    expect(isRight).to.equal(true);
  });

  it('of a new key has the next version, and the old version stays readable', async () => {
    const first = await pem('?version=1');
    expect(first).to.equal(await pem());
    await rotateSigningKeys(deps());
    const second = await pem('?version=2');
    expect(second).to.not.equal(first);
    expect(await pem(), 'the new key does not sign yet').to.equal(first);
    await advanceSigningKeys(deps(PUBLISHED_AHEAD_MS + 60_000));
    expect(await pem()).to.equal(second);
    expect(await pem('?version=1')).to.equal(first);
  });

  it('is not found for an unknown version, and after its withdrawal (K-03)', async () => {
    for (const query of ['?version=3', '?alg=ES256&version=99']) {
      const answer = await read(query);
      expect(answer.status).to.equal(404);
      expect(await answer.json()).to.include({ code: 'signing_key_not_found' });
    }
    for (const query of ['?version=0', '?version=x', '?alg=HS256', '?kid=x']) {
      expect((await read(query)).status, query).to.equal(400);
    }
    const kid = (await published()).find(({ alg }) => alg === 'RS256')?.kid ?? '';
    await withdrawSigningKey(deps(), { kid });
    expect((await read('?version=2')).status).to.equal(404);
    expect(await pem('?version=3')).to.equal(await pem());
  });
});
