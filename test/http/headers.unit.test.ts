import { expect } from 'chai';
import { Type } from 'typebox';

import { networkOf, networksOf, plainAddress } from '../../src/platform/ip-address.ts';
import { pageRoute, redirect } from '../../src/http/routing/page-route.ts';
import { openApp, type OpenApp, type OpenAppOptions } from './open-app.ts';
import { IdentifierParam } from '../../src/http/routing/path-parameters.ts';

const html = { accept: 'text/html' };

describe('Headers of every response', () => {
  let app: OpenApp;
  before(async () => (app = await openApp({ settings: { issuer: 'https://id.example' } })));
  after(() => app.close());

  for (const path of ['/design', '/docs', '/nothing']) {
    it(`${path} cannot be framed, is not cached and loads no resource of another site`, async () => {
      const { headers } = await app.fetch(path, { headers: html });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).to.include("default-src 'none'").and.include("script-src 'self';");
      expect(policy).to.include("frame-ancestors 'none'").and.include("base-uri 'none'");
      expect(policy).to.not.match(/unsafe|https?:|\*/);
      expect(headers.get('x-frame-options')).to.equal('DENY');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('strict-transport-security')).to.match(/^max-age=63072000/);
      expect(headers.get('x-powered-by')).to.equal(null);
    });
  }

  it('sets only HttpOnly, Secure cookies with the __Host- prefix', async () => {
    const cookies = (await app.fetch('/design')).headers.getSetCookie();
    expect(cookies).to.have.length(2);
    for (const cookie of cookies) {
      expect(cookie).to.match(
        /^__Host-consentry-(form|device)=[\w-]{22}; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=\d+$/,
      );
    }
  });

  it('keeps the device identifier of a browser', async () => {
    const cookie = 'consentry-device=AAAAAAAAAAAAAAAAAAAAAA';
    const cookies = (
      await app.fetch('/design', { headers: { cookie: `__Host-${cookie}` } })
    ).headers.getSetCookie();
    expect(cookies.join()).to.not.include('device');
  });

  it('compresses public content only, and no response that may contain a secret', async () => {
    for (const encoding of ['br', 'gzip']) {
      const headers = { 'accept-encoding': encoding };
      const document = await app.fetch('/openapi.json', { headers });
      expect(document.headers.get('content-encoding')).to.equal(encoding);
      expect(document.headers.get('vary')).to.include('Accept-Encoding');
      expect(await document.json()).to.have.property('openapi', '3.1.0');
      for (const path of ['/design', '/nothing-here', '/api/v1/nothing-here']) {
        const answer = await app.fetch(path, { headers });
        expect(answer.headers.get('content-encoding'), path).to.equal(null);
        expect(await answer.text()).to.have.length.above(50);
      }
    }
    const plain = await app.fetch('/openapi.json', { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).to.equal(null);
  });

  it('serves assets by their hash, compressed and immutable, and no other files', async () => {
    const page = await (await app.fetch('/design')).text();
    const sheet = /\/assets\/consentry\.[\da-f]{12}\.css/.exec(page)?.[0] ?? '';
    const response = await app.fetch(sheet, { headers: { 'accept-encoding': 'br' } });
    expect(response.status).to.equal(200);
    expect(response.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).to.equal('br');
    for (const path of [
      '/assets/consentry.css',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/package.json',
    ]) {
      expect((await app.fetch(path)).status, path).to.equal(404);
    }
  });
});

describe('The headers of a request', () => {
  const seen: Record<string, unknown>[] = [];
  const routes = [
    pageRoute({
      method: 'get',
      path: '/caller/{secret}',
      access: 'public',
      params: Type.Object({ secret: IdentifierParam }),
      handle: async ({ request, ctx }) => {
        const { ip, requestId, locale, origin } = request;
        seen.push({
          ip,
          requestId,
          locale,
          origin,
          host: ctx.host,
          scheme: ctx.get('x-forwarded-proto'),
        });
        return redirect('/');
      },
    }),
  ];
  const receivedRequest = async (
    options: OpenAppOptions,
    headers: Record<string, string>,
    query = '',
  ): Promise<Record<string, unknown>> => {
    const app = await openApp({ routes, ...options });
    await app.fetch(`/caller/s3cret${query}`, { headers });
    await app.close();
    return { ...seen.pop(), log: app.log };
  };
  const forwarded = {
    'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.1.2.3',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-request-id': 'from-the-proxy-1',
    forwarded: 'for=198.51.100.1;host=evil.example',
  };

  it('ignores forwarding headers of unknown peers', async () => {
    const { ip, requestId, host, origin, scheme } = await receivedRequest({}, forwarded);
    expect({ ip, host, origin, scheme }).to.deep.equal({
      ip: '127.0.0.1',
      host: 'id.example',
      origin: 'http://id.example',
      scheme: 'http',
    });
    expect(requestId).to.not.equal('from-the-proxy-1');
  });

  it('uses the nearest address that is not a trusted proxy', async () => {
    const settings = { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] };
    const { ip, requestId, host } = await receivedRequest({ settings }, forwarded);
    expect({ ip, requestId, host }).to.deep.equal({
      ip: '203.0.113.9',
      requestId: 'from-the-proxy-1',
      host: 'id.example',
    });
  });

  for (const [sent, ip] of [
    ['203.0.113.7:51234', '203.0.113.7'],
    ['[2001:db8::7]:51234', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['"[2001:db8::7]:51234"', '2001:db8::7'],
    ['198.51.100.1, 203.0.113.7:51234', '203.0.113.7'],
    ['203.0.113.7:51234, 127.0.0.2:80', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:51234', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['"203.0.113.7"', '203.0.113.7'],
    ['fe80::7%eth0', 'fe80::7'],
    ['[fe80::7%25eth0]:443', 'fe80::7'],
    ['2001:DB8:0:0::7', '2001:db8::7'],
    ['garbage, 203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, garbage', '127.0.0.1'],
    ['203.0.113.7, garbage, 127.0.0.2', '127.0.0.2'],
    ['203.0.113.7,', '127.0.0.1'],
    ['127.0.0.3, 127.0.0.2', '127.0.0.3'],
  ] as const) {
    it(`reads the address of ${sent}`, async () => {
      const settings = { trustedProxies: ['127.0.0.0/8'] };
      const seenBy = await receivedRequest({ settings }, { 'x-forwarded-for': sent });
      expect(seenBy['ip']).to.equal(ip);
    });
  }

  it('uses the address of the proxy when the forwarded list contains no address', async () => {
    const settings = { trustedProxies: ['127.0.0.1'] };
    const { ip } = await receivedRequest({ settings }, { 'x-forwarded-for': 'unknown' });
    expect(ip).to.equal('127.0.0.1');
  });

  it('refuses to start with an invalid address in the proxy list', async () => {
    for (const entry of ['10.0.0.0/33', 'proxy.internal', '10.0.0.0/x', '']) {
      const outcome = await openApp({ settings: { trustedProxies: [entry] } }).then(
        () => 'started',
        (error: Error) => error.message,
      );
      expect(outcome, entry).to.match(/is not an address/);
    }
  });

  for (const [headers, query, locale] of [
    [{ 'accept-language': 'de, ru;q=0.8, en;q=0.5' }, '', 'ru'],
    [{ 'accept-language': 'ru;q=0.1, en-GB;q=0.9' }, '', 'en'],
    [{ 'accept-language': 'ru', cookie: 'consentry-locale=en' }, '', 'en'],
    [{ cookie: 'consentry-locale=en' }, '?ui_locales=fr+ru-RU', 'ru'],
    [{ 'accept-language': '*' }, '', 'en'],
    [{ cookie: 'consentry-locale=%E0%A4' }, '?ui_locales=../../etc', 'en'],
  ] as const) {
    it(`uses the language ${locale} for ${JSON.stringify(headers)} ${query}`, async () => {
      expect((await receivedRequest({}, headers, query))['locale']).to.equal(locale);
    });
  }

  it('logs one line per request, with the route pattern and without secrets', async () => {
    const { log } = await receivedRequest(
      {},
      { cookie: 'a=c00kie', authorization: 'Bearer t0ken' },
      '?code=c0de',
    );
    const lines = log as { message: string; fields: object }[];
    expect(lines).to.have.length(1);
    expect(lines[0]?.fields).to.include({
      method: 'GET',
      route: '/caller/{secret}',
      status: 303,
      ip: '127.0.0.1',
    });
    expect(JSON.stringify(lines)).to.not.match(/s3cret|c00kie|t0ken|c0de/);
  });

  it('counts a whole IPv6 network as one client', () => {
    expect(networkOf('2001:db8:1:2:aaaa::1')).to.equal(
      networkOf('2001:db8:1:2:bbbb:cccc:dddd:eeee'),
    );
    expect(networkOf('2001:db8:1:3::1')).to.not.equal(networkOf('2001:db8:1:2::1'));
    expect(networkOf('::1')).to.equal('::/64');
    expect(networkOf('192.0.2.7')).to.equal('192.0.2.7');
    expect(networkOf('::ffff:192.0.2.7')).to.equal('192.0.2.7');
  });

  it('knows the networks that one subscriber can have', () => {
    expect(networksOf('192.0.2.7')).to.deep.equal(['192.0.2.0/24', '192.0.2.7']);
    expect(networksOf('::ffff:c000:207')).to.deep.equal(['192.0.2.0/24', '192.0.2.7']);
    expect(networksOf('2001:db8:1:2ff:aaaa::1')).to.deep.equal([
      '2001:db8:1::/48',
      '2001:db8:1:200::/56',
      '2001:db8:1:2ff::/64',
    ]);
    expect(networksOf('nowhere')[0]).to.equal('nowhere');
  });

  it('refuses text that only resembles an address', () => {
    const texts = [
      '',
      ' ',
      'unknown',
      '_hidden',
      '127.1',
      '0x7f.0.0.1',
      '2130706433',
      '010.0.0.1:x',
      '256.1.1.1',
      '1.2.3.4.5',
      '1.2.3.4/8',
      '[1.2.3.4',
      '[::1]]:1',
      '::1:::',
      '[::1]:123456',
      'for=192.0.2.7',
      'fe80::1%',
      '192.0.2.7\u0000',
    ];
    for (const text of texts) expect(plainAddress(text), JSON.stringify(text)).to.equal(null);
  });
});
