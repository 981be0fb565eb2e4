import { expect } from 'chai';

import {
  createRelyingParty,
  type RelyingParty,
} from '../../examples/third-party-app/relying-party.ts';
import { createShop } from '../../examples/third-party-app/server.ts';
import { findFreePort } from '../../src/dev/free-port.ts';
import { createVisitor } from '../support/people/visitor.ts';
import { signInAtShop, startPlainIssuer, type PlainIssuer } from './plain-issuer.ts';

const ana = {
  name: 'Ana Example',
  email: 'ana@example.org',
  email_verified: true,
  birthdate: '1990-01-31',
};

describe('The Bookshop', () => {
  let issuer: PlainIssuer;
  let party: RelyingParty;
  let shop: ReturnType<typeof createShop>;
  let shopUrl: string;

  before(async () => {
    const [port, issuerPort] = [await findFreePort(), await findFreePort()];
    shopUrl = `http://localhost:${String(port)}`;
    const credentials = { clientId: 'bookshop', clientSecret: 'a secret for this test only' };
    const config = {
      ...credentials,
      host: '127.0.0.1',
      port,
      publicUrl: shopUrl,
      issuer: new URL(`http://localhost:${String(issuerPort)}`),
    };
    party = createRelyingParty(config, () => undefined);
    shop = createShop(config, party).listen(port, '127.0.0.1');
    // The shop starts before its issuer, as on a machine that starts both at the same time.
    const early = await createVisitor({ baseUrl: shopUrl }).get('/sign-in');
    expect(early.status).to.equal(503);
    expect(early.headers.get('refresh')).to.equal('1');
    issuer = await startPlainIssuer({ ...credentials, port: issuerPort, shopUrl });
    while (!party.isReady()) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  beforeEach(() => {
    issuer.setClaims(ana);
  });

  after(async () => {
    party.close();
    shop.closeAllConnections();
    shop.close();
    await issuer.stop();
  });

  it('shows exactly the received claims, and which ones were not shared', async () => {
    const { page } = await signInAtShop(shopUrl);
    const raw = page.document.querySelector('[data-raw=userinfo]')?.text ?? '';
    expect(JSON.parse(raw)).to.deep.equal({ sub: 'reader-1', ...ana });
    expect(page.document.querySelector('[data-card=email]')?.text).to.contain(ana.email);
    expect(page.document.querySelector('[data-card=phone_number]')?.text).to.equal(
      'not shared with us',
    );
  });

  it('sends a new PKCE challenge, state and nonce in each request', async () => {
    await signInAtShop(shopUrl);
    await signInAtShop(shopUrl);
    const [first, second] = issuer.requests.slice(-2);
    expect(first?.get('code_challenge_method')).to.equal('S256');
    for (const name of ['code_challenge', 'state', 'nonce']) {
      expect(first?.get(name), name).to.be.a('string').and.not.equal(second?.get(name));
    }
  });

  it('requests no new consent at the first sign-in and at later ones', async () => {
    const visitor = await signInAtShop(shopUrl);
    expect(issuer.requests.at(-1)?.get('prompt')).to.equal(null);
    await visitor.get('/sign-in');
    expect(issuer.requests.at(-1)?.get('prompt')).to.equal(null);
    expect(visitor.page.text).to.contain('Welcome, Ana Example');
  });

  it('shows changed claims when it reads again', async () => {
    const visitor = await signInAtShop(shopUrl);
    issuer.setClaims({ ...ana, email: 'ana@second.example' });
    const page = await visitor.submitForm('form[action="/read-again"]');
    expect(page.document.querySelector('[data-userinfo=email]')?.text).to.equal(
      'ana@second.example',
    );
  });

  it('shows the refusal after the person ended the access', async () => {
    const visitor = await signInAtShop(shopUrl);
    await issuer.endGrants();
    const reading = await visitor.submitForm('form[action="/read-again"]');
    expect(reading.document.querySelector('[data-notice=bad]')?.text).to.contain(
      '401 invalid_token',
    );
    const refreshing = await visitor.submitForm('form[action="/refresh"]');
    expect(refreshing.document.querySelector('[data-notice=bad]')?.text).to.contain(
      '400 invalid_grant',
    );
  });

  it('replaces its refresh token at each refresh', async () => {
    const visitor = await signInAtShop(shopUrl);
    for (let turn = 0; turn < 2; turn += 1) {
      const page = await visitor.submitForm('form[action="/refresh"]');
      expect(page.document.querySelector('[data-notice=good]')).to.not.equal(null);
    }
  });

  it('stays signed out when the person denies access', async () => {
    const visitor = createVisitor({ baseUrl: shopUrl });
    await visitor.get('/sign-in');
    const page = await visitor.submitForm('button[value=deny]');
    expect(page.text).to.contain('access_denied: The person said no.');
    expect(page.document.querySelector('a[href="/sign-in"]')).to.not.equal(null);
  });

  it('escapes received claims', async () => {
    issuer.setClaims({ name: '<script>alert(1)</script>', email: '"><img src=x>' });
    const { page } = await signInAtShop(shopUrl);
    expect(page.body).to.not.match(/<script|<img/);
    expect(page.document.querySelector('[data-card=name]')?.text).to.contain('alert(1)');
  });

  it('refuses a response that belongs to another browser', async () => {
    const attacker = createVisitor({ baseUrl: shopUrl, stopAt: isCallback });
    await attacker.get('/sign-in');
    await attacker.submitForm('button[value=allow]');
    await attacker.submitForm('button[value=allow]');
    const callback = attacker.page.trail.at(-1) ?? '';
    const victim = await signInAtShop(shopUrl);
    expect((await victim.get(callback)).status).to.equal(400);
  });

  it('gives the browser a new session at sign-in', async () => {
    const visitor = createVisitor({ baseUrl: shopUrl });
    const before = await visitor.request('/sign-in');
    await visitor.get('/sign-in');
    await visitor.submitForm('button[value=allow]');
    await visitor.submitForm('button[value=allow]');
    const [planted] = before.headers.getSetCookie();
    const thief = createVisitor({
      baseUrl: shopUrl,
      headers: { cookie: planted?.split(';')[0] ?? '' },
    });
    expect((await thief.get('/')).text).to.contain('Sign in with Consentry');
  });

  it('refuses a form from another site', async () => {
    const visitor = await signInAtShop(shopUrl);
    const response = await visitor.request('/sign-out', {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(response.status).to.equal(403);
    expect((await visitor.get('/')).text).to.contain('Welcome');
  });

  it('signs out at the issuer and shows the signed-out page', async () => {
    const visitor = await signInAtShop(shopUrl);
    const confirmation = await visitor.submitForm('form[action="/sign-out"]');
    expect(confirmation.url.href).to.match(
      new RegExp(`^${issuer.url}/session/end\\?id_token_hint=`),
    );
    const page = await visitor.submitForm('button[name=logout]');
    expect(page.url.href).to.equal(`${shopUrl}/`);
    expect(page.text).to.contain('Sign in with Consentry');
  });

  it('permits no scripts and no resources of other sites', async () => {
    const page = await createVisitor({ baseUrl: shopUrl }).get('/');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).to.contain("default-src 'none'").and.contain("frame-ancestors 'none'");
    expect(policy).to.not.contain('unsafe');
    expect(page.document.querySelectorAll('[style], script')).to.have.length(0);
    for (const source of page.document.querySelectorAll('[src], link')) {
      expect(source.getAttribute('src') ?? source.getAttribute('href')).to.match(/^\//);
    }
  });
});

function isCallback(url: URL): boolean {
  return url.pathname === '/callback';
}
