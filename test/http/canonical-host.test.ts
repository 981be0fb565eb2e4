import { expect } from 'chai';
import { request } from 'node:http';

import { startTestServer, type TestServer } from '../support/servers/server.ts';

interface Answer {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly cookie: string | undefined;
}

describe('A page that is opened under another name of the server', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const open = (
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(server.url);
      const sent = { accept: 'text/html', host: `127.0.0.1:${port}`, ...headers };
      const outgoing = request(
        { host: '127.0.0.1', port, path, method, headers: sent },
        (answer) => {
          answer.resume();
          const { location, 'set-cookie': cookies } = answer.headers;
          resolve({ status: answer.statusCode, location, cookie: cookies?.[0]?.split(';')[0] });
        },
      );
      outgoing.on('error', reject).end();
    });

  it('leads to the same page at the issuer', async () => {
    for (const path of ['/', '/account/apps?q=a%20b', '/auth?client_id=x', '/interaction/abc']) {
      const { status, location } = await open(path);
      expect([status, location]).to.deep.equal([302, `${server.url}${path}`]);
    }
  });

  it('never leads to another site', async () => {
    for (const path of ['//evil.example/', '/\\evil.example/', 'http://evil.example/']) {
      const { location = server.url } = await open(path);
      expect(new URL(location, server.url).origin, path).to.equal(server.url);
    }
  });

  it('is not led in a circle by a proxy that replaces the host', async () => {
    const { cookie = '' } = await open('/');
    expect((await open('/', { cookie })).status).to.equal(200);
  });

  it('is answered at once for programs, forms, proxies and the issuer itself', async () => {
    expect((await open('/api/v1/account', { accept: 'application/json' })).status).to.equal(401);
    expect((await open('/jwks', { accept: '*/*' })).status).to.equal(200);
    expect((await open('/userinfo', { accept: 'text/html, */*; q=.2' })).status).to.equal(401);
    expect((await open('/', { 'x-forwarded-for': '192.0.2.1' })).status).to.equal(200);
    expect((await open('/', { host: new URL(server.url).host })).status).to.equal(200);
    expect((await open('/preferences/theme', {}, 'POST')).location).to.equal(undefined);
  });
});
