import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { sendRaw } from '../oidc/raw-request.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

describe('The target of a request', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  const statusOf = async (path: string): Promise<string> => {
    const { port } = server.server.address() as AddressInfo;
    const { head } = await sendRaw(port, { path });
    return head.slice(9, 12);
  };

  it('in the absolute form leads to the same endpoint (RFC 9112 §3.2.2)', async () => {
    for (const path of ['/jwks', '/userinfo', '/auth?x=1', '/session/end', '/health/live', '/x']) {
      const expected = await statusOf(path);
      expect(expected, path).not.to.equal('503');
      for (const host of ['http://localhost', 'HTTPS://id.example.org:8443', 'http://u@x'])
        expect(await statusOf(host + path), host + path).to.equal(expected);
    }
    expect(await statusOf('http://localhost')).to.equal(await statusOf('/'));
    expect(await statusOf('http://localhost?x=/auth')).to.equal(await statusOf('/?x=/auth'));
  });

  it('is read without a fragment', async () => {
    for (const path of ['/jwks', '/userinfo', '/auth', '/x'])
      expect(await statusOf(`${path}#?a`), path).to.equal(await statusOf(path));
  });
});
